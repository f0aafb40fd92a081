// Writes docs/settings.md, the list of every setting, from the table in src/config.ts.
import { describeSettings } from '#config.ts';
import { writeGenerated } from './generated.ts';

const rows = describeSettings().map(
  ({ name, meaning, fallback }) => `| \`${name}\` | ${meaning} | ${fallback} |`,
);

writeGenerated(
  'docs/settings.md',
  `# Settings

Every setting is an environment variable. Generated from \`src/config.ts\`. A value that cannot be
used ends the start with one sentence that names the setting; an empty one counts as not set.

| setting | meaning | default |
|---|---|---|
${rows.join('\n')}

A relative \`SUNDOG_DATA\` counts from the folder the command runs in; the default lies beside the
program, so every command finds the same data from any folder.

The master key opens every sealed secret. Keep a copy away from the data folder and its backups:
who has both has the secrets, and who loses it loses them.
`,
);

// Writes docs/commands.md, every command with its usage, from the table in src/commands.ts.
import { commands } from '#commands.ts';
import { writeGenerated } from './generated.ts';

const rows = commands.map(
  ({ usage, does }) => `| \`node sundog.js ${usage.replaceAll('|', '\\|')}\` | ${does} |`,
);

writeGenerated(
  'docs/commands.md',
  `# The command line

\`sundog.js\` finds the Node it needs and works from any folder. Every command works while the hub runs on
the same data folder (it joins the running database) and when it does not. Generated from
\`src/commands.ts\`.

| command | what it does |
|---|---|
${rows.join('\n')}

An automation is named by its name or its id, an application by these or its client id; a plan and a run by
their ids.

Exit codes: 0 done; 1 refused or failed, with one sentence on stderr that says what and how to mend it, and
its code (see [problems.md](problems.md)); 2 wrong usage. \`--json\` prints what \`/v1\` would answer.
\`doctor\` and \`apply\` end with 1 when they found something wrong or a change failed.

Settings come from the environment: see [settings.md](settings.md).
`,
);

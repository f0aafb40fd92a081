// Writes docs/problems.md, the list of every refusal, from the table in src/domain/problem.ts.
import { problems } from '#domain/problem.ts';
import { writeGenerated } from './generated.ts';

const rows = Object.entries(problems)
  .toSorted(([a], [b]) => (a < b ? -1 : 1))
  .map(([code, { status, sentence }]) => `| \`${code}\` | ${status} | ${sentence} |`);

writeGenerated(
  'docs/problems.md',
  `# Refusals

Every refusal has a stable code, an HTTP status and one sentence. Generated from
\`src/domain/problem.ts\`; words in braces are filled in when it is said.

| code | status | sentence |
|---|---|---|
${rows.join('\n')}
`,
);

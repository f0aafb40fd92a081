// Writes docs/halo-codes.md, what the integers of Halo's models mean here, from src/domain/halo-codes.ts.
import { type CodeList, haloCodes } from '#domain/halo-codes.ts';
import { writeGenerated } from './generated.ts';

const lists: readonly (readonly [string, CodeList])[] = Object.entries(haloCodes);

const sections = lists.map(
  ([name, { lookupId, members, codes }]) => `## ${name}

In ${members.map((member) => `\`${member}\``).join(', ')}; \`GET /api/Lookup?lookupid=${lookupId}\`.

| code | name | meaning |
|---|---|---|
${codes.map(({ code, name: word, meaning }) => `| ${code} | ${word} | ${meaning} |`).join('\n')}
`,
);

writeGenerated(
  'docs/halo-codes.md',
  `# Integer codes

Halo documents its models and not what the integers in them mean. Where it is known, the hub means the same;
everywhere else these are its own meanings. Each list is also a lookup: numbers from 9000 on are the hub's
and cannot be changed. Generated from \`src/domain/halo-codes.ts\`.

${sections.join('\n')}`,
);

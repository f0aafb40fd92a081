// Writes docs/actions.md, what an automation's steps can do, from the table in src/domain/actions.ts.
import { z } from 'zod';
import { actions } from '#domain/actions.ts';
import { writeGenerated } from './generated.ts';

const Described = z.object({
  properties: z
    .record(
      z.string(),
      z.object({
        description: z.string().optional(),
        default: z.unknown().optional(),
        type: z.string().optional(),
        items: z.unknown().optional(),
      }),
    )
    .default({}),
});

const sections = actions.map(({ name, title, description, input }) => {
  const { properties } = Described.parse(z.toJSONSchema(input, { io: 'input' }));
  const rows = Object.entries(properties).map(([setting, { description: meaning, ...rest }]) => {
    const fallback = rest.default === undefined ? 'needed' : `\`${JSON.stringify(rest.default)}\``;
    return `| \`${setting}\` | ${meaning ?? ''} | ${fallback} |`;
  });
  const table = ['| setting | meaning | default |', '|---|---|---|', ...rows].join('\n');
  return `## ${title}\n\n\`${name}\` · ${description}\n\n${table}\n`;
});

writeGenerated(
  'docs/actions.md',
  `# Actions

What the steps of an automation can do. Generated from \`src/domain/actions.ts\`.

${sections.join('\n')}`,
);

// Writes docs/saml-checks.md, everything that is asked of a SAML message, from src/domain/sso/saml-checks.ts.
import { samlChecks } from '#domain/sso/saml-checks.ts';
import { writeGenerated } from './generated.ts';

const rows = Object.entries(samlChecks).map(
  ([name, { asks, mend }]) => `| \`${name}\` | ${asks} | ${mend} |`,
);

writeGenerated(
  'docs/saml-checks.md',
  `# What the SAML verifier asks

Responses, logout requests and logout responses go through one verifier. Every check has a name, which the
attempt of a sign-on shows; all of them must hold, in this order. Nothing is read from a message but what a
verified signature covers. Generated from \`src/domain/sso/saml-checks.ts\`.

| check | what it asks | what to do when it fails |
|---|---|---|
${rows.join('\n')}
`,
);

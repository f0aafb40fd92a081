// Every way in which a provider, or somebody between it and us, may misbehave, and the check that must refuse it.
// After the OpenID Foundation's tests of relying parties, RFC 9700 and security.md.
import type { Case } from './oidc-case.ts';
import { answering, describing } from './oidc-cases-provider.ts';
import { tenants } from './oidc-cases-tenants.ts';
import { vouching } from './oidc-cases-token.ts';

export const refusedCases: readonly Case[] = [...describing, ...answering, ...vouching, ...tenants];

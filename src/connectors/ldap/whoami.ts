// Asks the directory whom it takes us for (RFC 4532): a sign-in that succeeded may still be nobody's.
import { ExtendedRequest } from 'ldapts';
import type { Connection } from './connection.ts';
import { refusal, resultCode } from './refusals.ts';

export const whoAmI = '1.3.6.1.4.1.4203.1.11.3';

/** Its authorisation identity (`dn:…` or `u:…`); empty for nobody, undefined where it does not tell. */
export async function identityOf(connection: Connection): Promise<string | undefined> {
  try {
    const { value } = await connection.send(new ExtendedRequest({ messageId: 0, oid: whoAmI }));
    // `dn:` without a name is nobody, too (RFC 4513 §5.2.1.8).
    return value === 'dn:' ? '' : value;
  } catch (error) {
    if (resultCode(error) === undefined) throw refusal(error);
    return undefined;
  }
}

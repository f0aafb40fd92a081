// What PostgreSQL refused, by SQLSTATE: the rules that the database itself holds.
import { errorCode } from '#lib/errors.ts';

export function isUniqueViolation(error: unknown): boolean {
  return errorCode(error) === '23505';
}

// What the audit page asks of the hub.
import { queryOptions } from '@tanstack/react-query';
import { get } from '#console/api.ts';
import { AuditPageWire, AuditStateWire, AuditWire } from '#features/audit/wire.ts';

export type Asked = { readonly find: string; readonly kind: string; readonly below: string };

export const auditStateQuery = queryOptions({
  queryKey: ['audit', 'state'],
  queryFn: () => get('/v1/audit/state', AuditStateWire),
  refetchInterval: 15_000,
});

export function auditQuery({ find, kind, below }: Asked) {
  const asked = new URLSearchParams({
    ...(find === '' ? {} : { search: find }),
    ...(kind === '' ? {} : { kind }),
    ...(below === '' ? {} : { cursor: below }),
  });
  return queryOptions({
    queryKey: ['audit', 'list', find, kind, below],
    queryFn: () => get(`/v1/audit?${asked}`, AuditPageWire),
  });
}

export function auditEntryQuery(seq: string) {
  return queryOptions({
    queryKey: ['audit', 'entry', seq],
    queryFn: () => get(`/v1/audit/${seq}`, AuditWire),
  });
}

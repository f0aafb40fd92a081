// An audit entry in ArcSight's Common Event Format, version 0, one line each, as SIEMs take it.
import { isIPv4, isIPv6 } from 'node:net';
import type { ExportLine } from './export-line.ts';

/** 0 to 10. What failed or was refused is worth a look; destroying texts and impersonating more so. */
function severityOf({ outcome, action, behind }: ExportLine): number {
  if (action === 'audit-entry.redacted') return 8;
  if (outcome === 'refused' || outcome === 'failed') return 6;
  return behind === null ? 3 : 5;
}

export function cefLine(line: ExportLine): string {
  const head = ['Sundog', 'Sundog', '1', line.action, line.action, String(severityOf(line))];
  const fields = Object.entries(extensionOf(line)).flatMap(([name, value]) =>
    value === null || value === '' ? [] : [`${name}=${extension(value)}`],
  );
  return `CEF:0|${head.map(header).join('|')}|${fields.join(' ')}`;
}

function extensionOf(line: ExportLine): Record<string, string | null> {
  const { address, actor, behind, subject, texts } = line;
  const v6 = address !== null && isIPv6(address) ? address : null;
  return {
    rt: String(Date.parse(`${line.at.slice(0, 23)}Z`)),
    externalId: String(line.seq),
    suid: `${actor.kind} ${actor.id}`,
    suser: actor.name,
    ...(behind === null
      ? {}
      : labelled('cs1', 'behind', `${behind.kind} ${behind.id} ${behind.name}`)),
    src: address !== null && isIPv4(address) ? address : null,
    ...(v6 === null ? {} : labelled('c6a2', 'Source IPv6 Address', v6)),
    ...labelled('cs2', 'record', [subject.kind, subject.id, subject.name ?? ''].join(' ').trim()),
    ...labelled('cs3', 'field', line.field),
    ...labelled('cs4', 'from', texts?.before ?? null),
    ...labelled('cs5', 'to', texts?.after ?? null),
    outcome: line.outcome,
    msg: texts === null ? 'The texts were destroyed (redaction).' : texts.because,
    ...labelled('cs6', 'hash', line.hash),
  };
}

function labelled(name: string, label: string, value: string | null) {
  return value === null || value === '' ? {} : { [`${name}Label`]: label, [name]: value };
}

function header(text: string): string {
  return text.replace(/[\\|]/g, '\\$&').replace(/[\r\n]+/g, ' ');
}

function extension(text: string): string {
  return text.replace(/[\\=]/g, '\\$&').replace(/\r?\n|\r/g, '\\n');
}

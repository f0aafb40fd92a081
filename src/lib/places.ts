// The place a macro stands in decides how its value is spelt there, so that a value never becomes syntax.
import { escapeValue } from './dn.ts';
import {
  type Macro,
  type MacroValue,
  macroValue,
  spell,
  type Template,
  TemplateFault,
} from './macros.ts';

export const places = [
  'plain',
  'url',
  'header',
  'json',
  'xml',
  'form',
  'ldap-filter',
  'dn',
] as const;
export type Place = (typeof places)[number];

type Resolve = (macro: Macro) => MacroValue;
/** Spells a value for where the macro stands, given the template's text before it. */
type Spelling = (value: MacroValue, macro: Macro, before: string) => string;

/** Stands for an earlier macro in the text before a later one: a character that is no syntax anywhere. */
const filled = '\ufffc';

const spellings: Readonly<Record<Place, Spelling>> = {
  plain: spell,
  url: spellInUrl,
  header: spellInHeader,
  json: spellInJson,
  xml: spellInXml,
  form: (value) => encodeUri(spell(value)).replaceAll('%20', '+'),
  'ldap-filter': (value) => escapeFilterValue(spell(value)),
  dn: (value) => escapeValue(spell(value)),
};

/** Fills a template in for a place. Throws a TemplateFault when a value is empty or cannot stand there. */
export function renderTemplate(template: Template, place: Place, resolve: Resolve): string {
  let before = '';
  let text = '';
  for (const part of template) {
    if (part.kind === 'text') {
      text += part.text;
      before += part.text;
    } else {
      text += spellings[place](macroValue(part, resolve), part, before);
      before += filled;
    }
  }
  if (place === 'json') checkJson(text);
  if (place === 'url') checkPath(text, template);
  return text;
}

/** A value in a search filter (RFC 4515 §3). */
export function escapeFilterValue(value: string): string {
  return value.replace(
    /[\\*()\0]/g,
    (one) => `\\${one.charCodeAt(0).toString(16).padStart(2, '0')}`,
  );
}

function spellInUrl(value: MacroValue, macro: Macro, before: string): string {
  const text = spell(value);
  if (/[?#]/.test(before)) return encodeUri(text);
  const authority = /^(?:[a-z][a-z\d+.-]*:)?\/\/([^/]*)(\/?)/i.exec(before);
  if (authority?.[2] === '') return host(text, macro);
  if (text === '') throw unfit(macro, 'an empty value would shorten the path');
  return encodeUri(text);
}

/** Only a word that the connection itself fills in may choose whom we speak to. */
function host(text: string, macro: Macro): string {
  if (!macro.braced) throw unfit(macro, 'a macro may not choose the host');
  if (!/^[a-z\d.-]+(:\d{1,5})?$/i.test(text)) throw unfit(macro, 'it is not a host name');
  return text;
}

/** A dot segment would climb out of its folder (RFC 3986 §5.2.4), written out or percent-encoded. */
function checkPath(text: string, template: Template): void {
  const macro = template.find((part) => part.kind === 'macro');
  if (macro?.kind !== 'macro') return;
  const path = text.replace(/[?#].*$/s, '').replace(/^(?:[a-z][a-z\d+.-]*:)?\/\/[^/]*/i, '');
  const climbs = path.split('/').some((one) => /^(\.|%2e){1,2}$/i.test(one));
  if (climbs) throw unfit(macro, 'the path would climb by . or ..');
}

function spellInHeader(value: MacroValue, macro: Macro): string {
  const text = spell(value);
  for (const one of text) {
    if (one < ' ' || one === '\x7f') throw unfit(macro, 'a header holds no control characters');
  }
  return text;
}

function spellInJson(value: MacroValue, macro: Macro, before: string): string {
  const state = jsonStateAfter(before);
  if (state === 'escape') throw unfit(macro, 'a backslash stands before it');
  const whole = JSON.stringify(value);
  return state === 'value' ? whole : JSON.stringify(spell(value)).slice(1, -1);
}

function jsonStateAfter(before: string): 'value' | 'string' | 'escape' {
  let state: 'value' | 'string' | 'escape' = 'value';
  for (const one of before) {
    if (state === 'escape') state = 'string';
    else if (one === '"') state = state === 'string' ? 'value' : 'string';
    else if (one === '\\' && state === 'string') state = 'escape';
  }
  return state;
}

function checkJson(text: string): void {
  try {
    JSON.parse(text);
  } catch {
    throw new TemplateFault('malformed', '', 'it is not JSON once its macros are filled in');
  }
}

function spellInXml(value: MacroValue, macro: Macro, before: string): string {
  const text = spell(value);
  if (!isXmlText(text)) throw unfit(macro, 'it holds a character that XML has no place for');
  if (!isXmlValueAfter(before)) throw unfit(macro, 'it stands where XML takes no value');
  return text.replace(/[&<>"'\t\n\r]/g, (one) => `&#${one.charCodeAt(0)};`);
}

/** The characters of XML 1.0 §2.2. */
function isXmlText(text: string): boolean {
  return /^[\t\n\r\u{20}-\u{d7ff}\u{e000}-\u{fffd}\u{10000}-\u{10ffff}]*$/u.test(text);
}

/** Whether a value may follow: in character data or in a quoted attribute; not in tags, comments, CDATA. */
function isXmlValueAfter(before: string): boolean {
  const rest = before.replace(/<!--.*?-->|<!\[CDATA\[.*?\]\]>|<\?.*?\?>/gs, '');
  if (/<!--|<!\[CDATA\[|<\?/.test(rest)) return false;
  const opened = rest.replace(/<[^<>"']*(?:(?:"[^"]*"|'[^']*')[^<>"']*)*>/g, '');
  const tag = opened.lastIndexOf('<');
  if (tag < 0) return true;
  const unquoted = opened.slice(tag).replace(/"[^"]*"|'[^']*'/g, '');
  return /=\s*["']/.test(unquoted);
}

function encodeUri(text: string): string {
  // encodeURIComponent leaves !'()* alone, which some servers read as syntax (RFC 3986 §2.2).
  return encodeURIComponent(text.toWellFormed()).replace(
    /[!'()*]/g,
    (one) => `%${one.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}

function unfit(macro: Macro, reason: string): TemplateFault {
  return new TemplateFault('unfit', macro.written, reason);
}

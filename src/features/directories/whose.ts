// Whose a change is: the key of a person names the kind of record and the entry of the directory.

/** `cab-member:2f1c…` */
export function whose(personKey: string): { readonly target: string; readonly entry_id: string } {
  const at = personKey.indexOf(':');
  return { target: personKey.slice(0, at), entry_id: personKey.slice(at + 1) };
}

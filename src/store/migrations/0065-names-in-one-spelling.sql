-- Names of entries are kept in one spelling from here on, for a name within a value is often spelt otherwise than the
-- entry's own. Whoever is known by a name that may have several is read and planned again by the next sync, and their
-- managers and reports with them: until then the old spelling is compared with the old.
update sync_people set due = true
  where state = 'linked' and (dn ~ '\\[0-9A-Fa-f]{2}|["+;]|[,=] | [,=]'
    or manager_dn ~ '\\[0-9A-Fa-f]{2}|["+;]|[,=] | [,=]');

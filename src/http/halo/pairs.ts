// Halo's pairs: how it sends lists of texts with their labels.
import { halo } from './members.ts';
import { haloModel } from './model.ts';

export const KeyPair2 = haloModel('KeyPair2', {
  value: halo.text.nullable(),
  label: halo.text.nullable(),
  isnew: halo.bool.nullable(),
});

export const KeyPair = haloModel('KeyPair', {
  id: halo.text.nullable(),
  name: halo.text.nullable(),
});

export const KeyPair3 = haloModel('KeyPair3', {
  value: halo.text.nullable(),
  label: halo.text.nullable(),
});

// The settings of a directory sync, in words.
import { Text, Title } from '@mantine/core';
import type { Sync } from './queries.ts';
import { nameOfDn, scheduleWords, targetWords } from './words.ts';

export function Settings({ sync: { settings } }: { readonly sync: Sync }) {
  return (
    <section aria-labelledby="settings">
      <Title order={2} size="h4" id="settings" mb="sm">
        Settings
      </Title>
      <ul className="does">
        {settings.places.map((place) => (
          <li key={place.id} className="breaks">
            {targetWords[place.target]} of {place.name || nameOfDn(place.dn)} ({place.dn})
          </li>
        ))}
      </ul>
      <Text>{scheduleWords(settings.schedule)}</Text>
    </section>
  );
}

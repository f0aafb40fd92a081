// The places of a sync in its editor: which part of the directory, what its people become, and where they belong.
import { Button, Checkbox, Fieldset, Group, NativeSelect, Stack, TextInput } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { Choice } from '#console/single-sign-on/fields.tsx';
import { Browse } from './browse.tsx';
import { boardsQuery, roleNamesQuery, sitesQuery, userRolesQuery } from './desk-lists.ts';
import { type Editing, newPlace, type PlaceRow } from './draft.ts';
import { nameOfDn, targetWords } from './words.ts';

export function Places({ draft, set, syncId }: Editing & { readonly syncId: number }) {
  const { places } = draft;
  const [made, setMade] = useState(0);
  const change = (key: string, more: Partial<PlaceRow>) =>
    set({ places: places.map((place) => (place.key === key ? { ...place, ...more } : place)) });
  return (
    <Fieldset legend="Places" variant="unstyled" className="sign-on-group">
      <Stack gap="lg">
        {places.map((place, at) => (
          <Row
            key={place.key}
            place={place}
            called={place.dn === '' ? `place ${at + 1}` : nameOfDn(place.dn)}
            syncId={syncId}
            set={(more) => change(place.key, more)}
            drop={() => set({ places: places.filter(({ key }) => key !== place.key) })}
          />
        ))}
        <div>
          <Button
            variant="default"
            onClick={() => {
              setMade(made + 1);
              set({ places: [...places, newPlace(`new-${made}`)] });
            }}
          >
            Add a place
          </Button>
        </div>
      </Stack>
    </Fieldset>
  );
}

type Of = {
  readonly place: PlaceRow;
  readonly set: (change: Partial<PlaceRow>) => void;
};

const kindWords = { container: 'Everybody in a container', group: 'Members of a group' } as const;

function Row({
  place,
  called,
  syncId,
  set,
  drop,
}: Of & { readonly called: string; readonly syncId: number; readonly drop: () => void }) {
  const [browsing, setBrowsing] = useState(false);
  return (
    <Fieldset legend={called} className="place-row">
      <Stack gap="sm">
        <div className="grid-of-fields">
          <Choice
            label="Reads"
            value={place.kind}
            words={kindWords}
            choose={(kind) => set({ kind })}
          />
          <Choice
            label="They become"
            value={place.target}
            words={targetWords}
            choose={(target) => set({ target })}
          />
        </div>
        <Group align="end" gap="sm">
          <TextInput
            label="Its distinguished name"
            required
            maxLength={1_000}
            spellCheck={false}
            autoComplete="off"
            value={place.dn}
            onChange={(event) => set({ dn: event.currentTarget.value })}
            className="wide"
          />
          <Button variant="default" aria-expanded={browsing} onClick={() => setBrowsing(!browsing)}>
            {browsing ? 'Close the directory' : 'Browse…'}
          </Button>
        </Group>
        {browsing ? (
          <Browse
            syncId={syncId}
            kind={place.kind}
            choose={(dn) => {
              set({ dn });
              setBrowsing(false);
            }}
          />
        ) : null}
        <div className="grid-of-fields">
          <Belonging place={place} set={set} />
          <TextInput
            label="Only those who match"
            placeholder="(department=Quality)"
            maxLength={2_000}
            spellCheck={false}
            autoComplete="off"
            value={place.filter}
            onChange={(event) => set({ filter: event.currentTarget.value })}
          />
        </div>
        <Checkbox
          label={place.kind === 'group' ? 'Members of groups in it too' : 'Containers below it too'}
          checked={place.recursive}
          onChange={(event) => set({ recursive: event.currentTarget.checked })}
        />
        <div>
          <Button
            size="compact-sm"
            variant="default"
            onClick={drop}
            aria-label={`Remove the place: ${called}`}
          >
            Remove the place
          </Button>
        </div>
      </Stack>
    </Fieldset>
  );
}

/** Where its people belong in the desk, by what they become. */
function Belonging({ place, set }: Of) {
  const sites = useQuery(sitesQuery);
  const userRoles = useQuery(userRolesQuery);
  const roles = useQuery(roleNamesQuery);
  const boards = useQuery(boardsQuery);
  const numberOf = (value: string) => (value === '' ? null : Number(value));
  if (place.target === 'agent') {
    return (
      <Pick
        label="Their role"
        none="none"
        list={roles.data}
        value={place.roleIds[0] ?? ''}
        choose={(id) => set({ roleIds: id === '' ? [] : [id, ...place.roleIds.slice(1)] })}
      />
    );
  }
  if (place.target === 'cab-member') {
    return (
      <Pick
        label="Their board"
        none="choose one"
        list={boards.data}
        value={String(place.cabId ?? '')}
        choose={(id) => set({ cabId: numberOf(id) })}
      />
    );
  }
  return (
    <>
      <Pick
        label="Their site"
        none="none: whoever is new cannot be made"
        list={sites.data}
        value={String(place.siteId ?? '')}
        choose={(id) => set({ siteId: numberOf(id) })}
      />
      <Pick
        label="Their role"
        none="as it is"
        list={userRoles.data}
        value={String(place.userRoleId ?? '')}
        choose={(id) => set({ userRoleId: numberOf(id) })}
      />
    </>
  );
}

type Named = { readonly id: string; readonly name: string };

/** What is set and not in the list stays: it may be beyond what the list shows. */
function Pick({
  label,
  none,
  list = [],
  value,
  choose,
}: {
  readonly label: string;
  readonly none: string;
  readonly list: readonly Named[] | undefined;
  readonly value: string;
  readonly choose: (id: string) => void;
}) {
  const isListed = value === '' || list.some(({ id }) => id === value);
  return (
    <NativeSelect
      label={label}
      value={value}
      data={[
        { value: '', label: none },
        ...list.map(({ id, name }) => ({ value: id, label: name })),
        ...(isListed ? [] : [{ value, label: `number ${value}` }]),
      ]}
      onChange={(event) => choose(event.currentTarget.value)}
    />
  );
}

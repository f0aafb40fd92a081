// The key vaults: what they keep, whether they work, and how another is made known to the hub.
import { Button, Stack, Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { Loaded } from '#console/shell/loaded.tsx';
import { AddVault } from './add.tsx';
import { keyVaultsQuery } from './queries.ts';
import { Vault } from './vault.tsx';
import { firstLine } from './words.ts';

export function KeyVaultsPage() {
  const vaults = useQuery(keyVaultsQuery);
  const [adding, setAdding] = useState(false);
  return (
    <Loaded query={vaults}>
      {({ items }) => (
        <Stack gap={40}>
          <div>
            <h1 className="lead">{firstLine(items)}</h1>
            <Text className="prose" c="dimmed" mt="sm">
              A secret that is kept in a key vault is named here and fetched when it is used. The
              hub never writes it down, and whoever renews it there need not tell anybody here.
            </Text>
          </div>
          {items.map((vault) => (
            <Vault key={vault.id} vault={vault} />
          ))}
          {adding ? (
            <AddVault close={() => setAdding(false)} />
          ) : (
            <div>
              <Button
                variant={items.length === 0 ? 'filled' : 'default'}
                onClick={() => setAdding(true)}
              >
                Add a key vault…
              </Button>
            </div>
          )}
        </Stack>
      )}
    </Loaded>
  );
}

// The API applications: which programs may call, with what, and how another is let in.
import { Button, Stack, Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { Loaded } from '#console/shell/loaded.tsx';
import { AddApplication } from './add.tsx';
import { Once, type Told } from './once.tsx';
import { OneApplication } from './one.tsx';
import { applicationsQuery } from './queries.ts';
import { firstLine } from './words.ts';

export function ApplicationsPage() {
  const applications = useQuery(applicationsQuery);
  const [adding, setAdding] = useState(false);
  const [told, setTold] = useState<Told>();
  return (
    <Loaded query={applications}>
      {({ items }) => (
        <Stack gap={40}>
          <div>
            <h1 className="lead">{firstLine(items)}</h1>
            <Text className="prose" c="dimmed" mt="sm">
              A program proves itself with a secret or a key of its own, and may do what its scopes
              say. Secrets and keys are shown once, when they are made.
            </Text>
          </div>
          {told === undefined ? null : <Once told={told} close={() => setTold(undefined)} />}
          {items.map((application) => (
            <OneApplication key={application.id} application={application} tell={setTold} />
          ))}
          {adding ? (
            <AddApplication close={() => setAdding(false)} tell={setTold} />
          ) : (
            <div>
              <Button
                variant={items.length === 0 ? 'filled' : 'default'}
                onClick={() => setAdding(true)}
              >
                Add an application…
              </Button>
            </div>
          )}
        </Stack>
      )}
    </Loaded>
  );
}

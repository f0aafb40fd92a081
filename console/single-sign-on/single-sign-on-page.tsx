// Single sign-on: which other systems let people in, whether they work, and how another is added.
import { Button, Stack, Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { Loaded } from '#console/shell/loaded.tsx';
import { Editor } from './editor.tsx';
import { OneApplication } from './one.tsx';
import { ssoApplicationsQuery } from './queries.ts';
import { firstLine } from './words.ts';

export function SingleSignOnPage() {
  const applications = useQuery(ssoApplicationsQuery);
  const [editing, setEditing] = useState<number | 'new'>();
  const close = () => setEditing(undefined);
  return (
    <Loaded query={applications}>
      {({ items }) => (
        <Stack gap={40}>
          <div>
            <h1 className="lead">{firstLine(items)}</h1>
            <Text className="prose" c="dimmed" mt="sm">
              With single sign-on another system says who somebody is, and the hub believes it
              within the bounds set here. The password stays beside it, for the day that system is
              down.
            </Text>
          </div>
          {items.map((application) =>
            editing === application.id ? (
              <Editor key={application.id} application={application} close={close} />
            ) : (
              <OneApplication
                key={application.id}
                application={application}
                edit={() => setEditing(application.id)}
              />
            ),
          )}
          {editing === 'new' ? (
            <Editor close={close} />
          ) : (
            <div>
              <Button
                variant={items.length === 0 ? 'filled' : 'default'}
                onClick={() => setEditing('new')}
              >
                Add a way to sign in…
              </Button>
            </div>
          )}
        </Stack>
      )}
    </Loaded>
  );
}

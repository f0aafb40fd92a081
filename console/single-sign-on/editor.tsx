// Makes an application for single sign-on, or changes one: what its provider needs, who may come in, how it looks.
import { Button, Group, Stack, Title } from '@mantine/core';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { z } from 'zod';
import { patch, post } from '#console/api.ts';
import { Refusal } from '#console/shell/loaded.tsx';
import { SsoApplicationWire } from '#features/sso/applications/answers.ts';
import { ButtonFields } from './button-fields.tsx';
import { bodyOf, draftOf, newDraft } from './draft.ts';
import { TextField } from './fields.tsx';
import { PeopleFields } from './people-fields.tsx';
import { FurtherFields, ProviderFields } from './provider-fields.tsx';
import type { Application } from './queries.ts';

export function Editor({
  application,
  close,
}: {
  /** None: another is made. */
  readonly application?: Application;
  readonly close: () => void;
}) {
  const client = useQueryClient();
  const [draft, setDraft] = useState(application === undefined ? newDraft : draftOf(application));
  const [saved, setSaved] = useState(application?.id);
  const save = useMutation({
    mutationFn: async () => {
      const body = bodyOf(draft);
      const { id } =
        saved === undefined
          ? await post('/v1/sso-applications', body, SsoApplicationWire)
          : await patch(`/v1/sso-applications/${saved}`, body, SsoApplicationWire);
      // What follows may be refused; then the same is changed, and not made once more.
      setSaved(id);
      const xml = draft.metadataXml.trim();
      if (draft.kind === 'saml' && xml !== '') {
        await post(`/v1/sso-applications/${id}/metadata`, { xml }, z.unknown());
      }
    },
    onSuccess: close,
    onSettled: () => client.invalidateQueries({ queryKey: ['sso-applications'] }),
  });
  const editing = {
    draft,
    set: (change: Partial<typeof draft>) => setDraft((before) => ({ ...before, ...change })),
  };
  const title = application === undefined ? 'Another way to sign in' : application.name;
  return (
    <form
      aria-labelledby="sso-editor"
      onSubmit={(event) => {
        event.preventDefault();
        save.mutate();
      }}
    >
      <Stack gap="lg" className="narrow">
        <Title order={2} size="h4" id="sso-editor">
          {title}
        </Title>
        <TextField {...editing} name="name" label="Name" placeholder="Larkfield Entra" required />
        <ProviderFields {...editing} hasSecret={application?.hasClientSecret ?? false} />
        <FurtherFields {...editing} />
        <PeopleFields {...editing} />
        <ButtonFields {...editing} />
        {save.error === null ? null : <Refusal error={save.error} />}
        <Group gap="sm">
          <Button variant="default" onClick={close}>
            Back
          </Button>
          <Button type="submit" loading={save.isPending}>
            {application === undefined ? 'Add it, switched off' : 'Save the changes'}
          </Button>
        </Group>
      </Stack>
    </form>
  );
}

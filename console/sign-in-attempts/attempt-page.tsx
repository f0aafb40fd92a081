// One sign-on, step by step: what was asked, what was wrong, and what an administrator does about it.
import { Button, Group, Stack, Text, Title } from '@mantine/core';
import { useDocumentTitle } from '@mantine/hooks';
import { useQuery } from '@tanstack/react-query';
import { getRouteApi } from '@tanstack/react-router';
import { ButtonLink } from '#console/shell/link.tsx';
import { Loaded } from '#console/shell/loaded.tsx';
import { meQuery } from '#console/shell/me.ts';
import { Time } from '#console/shell/time.tsx';
import type { SsoAttemptDetailWire } from '#features/sso/attempts/wire.ts';
import { LinkToPerson } from './link-to-person.tsx';
import { attemptQuery } from './queries.ts';
import { Steps } from './steps.tsx';
import { outcome } from './words.ts';

const here = getRouteApi('/sign-in-attempts/$attemptId');

export function AttemptPage() {
  const { attemptId } = here.useParams();
  useDocumentTitle(`Sign-in attempt ${attemptId} · Sundog`);
  return (
    <Loaded query={useQuery(attemptQuery(attemptId))}>
      {(attempt) => <Attempt attempt={attempt} />}
    </Loaded>
  );
}

function Attempt({ attempt }: { readonly attempt: SsoAttemptDetailWire }) {
  const { data: me } = useQuery(meQuery);
  const mayEdit =
    me?.permissions.some((one) => ['sso:edit', 'admin', 'all'].includes(one)) ?? false;
  const { application, status, proven } = attempt;
  const mayLink = mayEdit && proven && status === 'refused';
  return (
    <Stack gap="xl">
      <Stack gap="xs">
        <h1 className="lead">{outcome(attempt)}</h1>
        <Text c="dimmed">
          Attempt {attempt.id} through {application.name}, <Time at={attempt.at} />
          {attempt.address === null ? '' : `, from ${attempt.address}`}.
        </Text>
        {attempt.userInfo === null ? null : <Text c="dimmed">Said to be: {attempt.userInfo}.</Text>}
      </Stack>
      <Group>
        {mayEdit ? (
          <Button component="a" variant="default" href={`/auth/sso/${application.guid}/test`}>
            Test sign-in {attempt.purpose === 'test' ? 'again' : 'through it'}
          </Button>
        ) : null}
        <ButtonLink
          variant="subtle"
          to="/sign-in-attempts"
          search={{ status: '', application: String(application.id), below: '' }}
        >
          All attempts through {application.name}
        </ButtonLink>
      </Group>
      <section>
        <Title order={2} size="h4" mb="xs">
          Step by step
        </Title>
        <Steps steps={attempt.steps} />
      </section>
      {mayLink ? <LinkToPerson attempt={attempt} /> : null}
    </Stack>
  );
}

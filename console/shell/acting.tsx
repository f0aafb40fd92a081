// The banner of whoever acts as somebody else: as whom, why, until when, and the way back.
import { Button, Group, Text } from '@mantine/core';
import { useMutation } from '@tanstack/react-query';
import { useEffect } from 'react';
import { z } from 'zod';
import { type Me, post } from '#console/api.ts';

/** As the header's height counts it. */
export const actingHeight = { base: 96, sm: 48 } as const;

const clock = new Intl.DateTimeFormat(undefined, { hour: '2-digit', minute: '2-digit' });

/** The sign-in page knows that the own session waits, says that it is over, and leads back to it. */
function over(): void {
  location.assign('/auth/login?return=/');
}

export function Acting({ me }: { readonly me: Me }) {
  const { actor, impersonation, name } = me;
  const endsAt = impersonation?.endsAt;
  useEffect(() => {
    if (endsAt === undefined) return;
    const timer = setTimeout(over, Math.max(0, new Date(endsAt).getTime() - Date.now()) + 500);
    return () => clearTimeout(timer);
  }, [endsAt]);
  const back = useMutation({
    mutationFn: () => post('/auth/switch-back', {}, z.object({ signedIn: z.boolean() })),
    onSuccess: () => location.assign('/'),
    onError: over,
  });
  if (actor === undefined || impersonation === undefined) return null;
  return (
    <section className="acting" aria-label="Acting as somebody else">
      <Group justify="space-between" wrap="nowrap" gap="md" h="100%" px="md">
        <Text size="sm" className="acting-words">
          You are acting as <strong>{name}</strong>. Ends at{' '}
          <time dateTime={impersonation.endsAt}>
            {clock.format(new Date(impersonation.endsAt))}
          </time>
          . <span title={impersonation.reason}>{impersonation.reason}</span>
        </Text>
        <Button
          size="xs"
          color="dark"
          className="acting-back"
          loading={back.isPending}
          onClick={() => back.mutate()}
        >
          Switch back
          <span className="acting-own">&nbsp;to {actor.name}</span>
        </Button>
      </Group>
    </section>
  );
}

// The catalogue people choose from. What was answered keeps its text; it can only be offered no more.
import { Button, Group, Stack, Text, TextInput } from '@mantine/core';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { post } from '#console/api.ts';
import { Loaded, Refusal } from '#console/shell/loaded.tsx';
import { State } from '#console/shell/state.tsx';
import { Question, questionsQuery } from './queries.ts';

function useSave() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (question: Partial<Question>) => post('/api/SecurityQuestion', question, Question),
    onSuccess: () => client.invalidateQueries({ queryKey: ['self-service', 'questions'] }),
  });
}

export function Questions() {
  return (
    <Stack>
      <Text className="prose" c="dimmed">
        Good questions have answers that only one person knows, that do not change, and that nobody
        finds out from a profile. Offer ten or more.
      </Text>
      <NewQuestion />
      <Loaded query={useQuery(questionsQuery)}>
        {(questions) => (
          <table className="plain persons">
            <thead>
              <tr>
                <th scope="col">Question</th>
                <th scope="col">State</th>
                <th scope="col">
                  <span className="aside">What you can do</span>
                </th>
              </tr>
            </thead>
            <tbody>
              {questions.map((question) => (
                <Row key={question.id} question={question} />
              ))}
            </tbody>
          </table>
        )}
      </Loaded>
    </Stack>
  );
}

function Row({ question }: { readonly question: Question }) {
  const save = useSave();
  const { id, name, enabled } = question;
  const verb = enabled ? 'Offer no more' : 'Offer again';
  return (
    <tr>
      <td>
        {name}
        {save.error === null ? null : <Refusal error={save.error} />}
      </td>
      <td>
        <State tone={enabled ? 'done' : 'quiet'}>{enabled ? 'offered' : 'not offered'}</State>
      </td>
      <td>
        <Group justify="flex-end">
          <Button
            size="compact-sm"
            variant="default"
            loading={save.isPending}
            onClick={() => save.mutate({ id, enabled: !enabled })}
            aria-label={`${verb}: ${name}`}
          >
            {verb}
          </Button>
        </Group>
      </td>
    </tr>
  );
}

function NewQuestion() {
  const save = useSave();
  const [text, setText] = useState('');
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        save.mutate({ name: text }, { onSuccess: () => setText('') });
      }}
    >
      <Group align="flex-end" gap="sm">
        <TextInput
          label="A new question"
          w={{ base: '100%', sm: 420 }}
          maxLength={200}
          value={text}
          onChange={(event) => setText(event.currentTarget.value)}
        />
        <Button type="submit" variant="default" loading={save.isPending} disabled={text === ''}>
          Offer this question
        </Button>
      </Group>
      {save.error === null ? null : <Refusal error={save.error} />}
    </form>
  );
}

// The command line: finds the command, checks its words, runs it, and turns refusals into one sentence.
import { parseArgs } from 'node:util';
import { type Command, commands, type Words } from './commands.ts';
import { refusalSentence, tableText, WrongUsage } from './print.ts';

const exit = { done: 0, refused: 1, usage: 2 } as const;

const code = await main(process.argv.slice(2));
// A command that printed its answer may have said already that what it found or did is a failure.
process.exitCode ??= code;

async function main(words: readonly string[]): Promise<number> {
  const command = commands.find(({ name }) => name.every((word, index) => words[index] === word));
  if (command === undefined) return usage(words);
  if (words.includes('--help')) {
    console.log(`Usage: sundog ${command.usage}\n${command.does}.`);
    return exit.done;
  }
  const given = read(command, words.slice(command.name.length));
  if (given === undefined) {
    console.error(`Usage: sundog ${command.usage}`);
    return exit.usage;
  }
  try {
    await command.run(given);
    return exit.done;
  } catch (error) {
    if (error instanceof WrongUsage) {
      console.error(`${error.message} Usage: sundog ${command.usage}`);
      return exit.usage;
    }
    console.error(refusalSentence(error) ?? error);
    return exit.refused;
  }
}

/** The command's words and options; undefined when they do not fit. */
function read(command: Command, words: readonly string[]): Words | undefined {
  try {
    const { values, positionals } = parseArgs({
      args: [...words],
      options: command.options,
      allowPositionals: true,
    });
    const { takes } = command;
    return positionals.length === takes ? { options: values, words: positionals } : undefined;
  } catch {
    return undefined;
  }
}

function usage(words: readonly string[]): number {
  const asked = words[0] === undefined || words[0] === 'help' || words[0] === '--help';
  const say = asked ? console.log : console.error;
  if (!asked) say(`Sundog has no command \`${words.join(' ')}\`. It has:`);
  say(
    tableText(
      commands.map(({ usage: words, does }) => [`sundog ${words}`, does]),
      '  ',
    ),
  );
  return asked ? exit.done : exit.usage;
}

// Counts what the hub answers and renders it as Prometheus text (exposition format 0.0.4).

export type Metric = {
  readonly name: string;
  readonly help: string;
  readonly type: 'counter' | 'gauge';
  readonly samples: readonly {
    readonly labels?: Readonly<Record<string, string>>;
    readonly value: number;
  }[];
};

type Count = { requests: number; seconds: number; readonly buckets: number[] };

export type Metrics = {
  /** The route is its pattern, never the path asked for: the number of labels stays bounded. */
  count(route: string, method: string, status: number, seconds: number): void;
  render(more: readonly Metric[]): string;
};

const bucketSeconds = [0.005, 0.025, 0.1, 0.5, 2.5, 10] as const;

export function newMetrics(): Metrics {
  const counts = new Map<string, Count>();
  return {
    count(route, method, status, seconds) {
      const key = `route="${escaped(route)}",method="${escaped(method)}",status="${status}"`;
      const count = counts.get(key) ?? {
        requests: 0,
        seconds: 0,
        buckets: bucketSeconds.map(() => 0),
      };
      counts.set(key, count);
      count.requests += 1;
      count.seconds += seconds;
      bucketSeconds.forEach((bound, index) => {
        if (seconds <= bound) count.buckets[index] = (count.buckets[index] ?? 0) + 1;
      });
    },
    render(more) {
      return `${[...requests(counts), ...[...ofProcess(), ...more].flatMap(lines)].join('\n')}\n`;
    },
  };
}

function requests(counts: ReadonlyMap<string, Count>): string[] {
  const name = 'sundog_http_request_seconds';
  const series = [...counts].flatMap(([labels, count]) => [
    ...bucketSeconds.map(
      (bound, index) => `${name}_bucket{${labels},le="${bound}"} ${count.buckets[index] ?? 0}`,
    ),
    `${name}_bucket{${labels},le="+Inf"} ${count.requests}`,
    `${name}_sum{${labels}} ${count.seconds}`,
    `${name}_count{${labels}} ${count.requests}`,
  ]);
  return [`# HELP ${name} Requests by route and status.`, `# TYPE ${name} histogram`, ...series];
}

function ofProcess(): Metric[] {
  const cpu = process.cpuUsage();
  return [
    {
      name: 'process_cpu_seconds_total',
      help: 'User and system CPU time spent.',
      type: 'counter',
      samples: [{ value: (cpu.user + cpu.system) / 1e6 }],
    },
    {
      name: 'process_resident_memory_bytes',
      help: 'Resident memory.',
      type: 'gauge',
      samples: [{ value: process.memoryUsage.rss() }],
    },
    {
      name: 'process_start_time_seconds',
      help: 'When the process started, in Unix time.',
      type: 'gauge',
      samples: [{ value: Math.round((performance.timeOrigin / 1000) * 1000) / 1000 }],
    },
    {
      name: 'nodejs_eventloop_utilization',
      help: 'The share of time the event loop was busy since the start.',
      type: 'gauge',
      samples: [{ value: performance.eventLoopUtilization().utilization }],
    },
  ];
}

function lines(metric: Metric): string[] {
  const samples = metric.samples.map(({ labels = {}, value }) => {
    const told = Object.entries(labels).map(([name, text]) => `${name}="${escaped(text)}"`);
    return `${metric.name}${told.length === 0 ? '' : `{${told.join(',')}}`} ${value}`;
  });
  return [
    `# HELP ${metric.name} ${metric.help}`,
    `# TYPE ${metric.name} ${metric.type}`,
    ...samples,
  ];
}

function escaped(text: string): string {
  return text.replace(/[\\"\n]/g, (sign) => (sign === '\n' ? '\\n' : `\\${sign}`));
}

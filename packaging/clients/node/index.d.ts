export interface Credentials {
  accessKeyId: string;
  secretAccessKey: string;
}

export class CountersignError extends Error {
  code: string;
}

export function startServer(how?: { program?: string; options?: string[] }): Promise<Server>;

export class Server {
  readonly url: string;
  readonly region: string;
  readonly account: string;
  readonly dataDir: string;
  readonly bundle: string;
  readonly administrator: Credentials;
  said(): string;
  stop(): Promise<void>;
  environment(credentials?: Credentials): Record<string, string>;
  clientConfig(credentials?: Credentials): { endpoint: string; region: string; credentials: Credentials };
  call(service: "rds" | "iam" | "sts", action: string, parameters?: Record<string, string>): Promise<(name: string) => string>;
  createInstance(how?: { name?: string; [parameter: string]: string | undefined }): Promise<Instance>;
}

export class Instance {
  readonly server: Server;
  readonly name: string;
  readonly host: string;
  readonly port: number;
  readonly resourceId: string;
  readonly master: string;
  readonly masterPassword: string;
  delete(): Promise<unknown>;
  sql(statements: string | string[], database?: string): Promise<string>;
  createDatabase(how?: { name?: string; user?: string }): Promise<Database>;
}

export class Database {
  readonly instance: Instance;
  readonly server: Server;
  readonly name: string;
  readonly user: string;
  readonly host: string;
  readonly port: number;
  readonly principal: string;
  readonly credentials: Credentials;
  readonly dsn: string;
  token(): string;
  allow(): Promise<void>;
  deny(): Promise<void>;
  drop(): Promise<void>;
  connection(): {
    host: string;
    port: number;
    database: string;
    user: string;
    password: () => string;
    ssl: { ca: string };
  };
  environment(): Record<string, string>;
}

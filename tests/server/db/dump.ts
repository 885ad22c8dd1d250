import type postgres from "postgres";

/** The schema of a database as SQL, put together from the catalog: there is no pg_dump in the embedded Postgres. */
export async function dumpSchema(sql: postgres.Sql): Promise<string> {
  const columns = await sql`
    select c.relname as "table", a.attname as "column", format_type(a.atttypid, a.atttypmod) as type, a.attnotnull as required,
      case when a.attidentity = 'a' then 'generated always as identity'
        else 'default ' || pg_get_expr(d.adbin, d.adrelid) end as value
    from pg_class c join pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
      left join pg_attrdef d on d.adrelid = c.oid and d.adnum = a.attnum
    where c.relnamespace = 'public'::regnamespace and c.relkind = 'r' order by c.relname, a.attnum`;
  const constraints = await sql`
    select conrelid::regclass::text as "table", conname as name, pg_get_constraintdef(oid) as text from pg_constraint
    where connamespace = 'public'::regnamespace and contype in ('p', 'u', 'f', 'c')
    order by 1, position(contype in 'pufc'), conname`;
  const indexes = await sql`
    select pg_get_indexdef(i.indexrelid) as text from pg_index i join pg_class c on c.oid = i.indexrelid
    where c.relnamespace = 'public'::regnamespace
      and not exists (select from pg_constraint where conindid = i.indexrelid) order by c.relname`;
  const functions = await sql`
    select pg_get_functiondef(oid) as text from pg_proc where pronamespace = 'public'::regnamespace order by proname`;
  const triggers = await sql`
    select pg_get_triggerdef(oid) as text from pg_trigger where not tgisinternal order by tgrelid::regclass::text, tgname`;

  const tables = Map.groupBy(columns, (column) => column.table as string);
  const text = [...tables].map(([table, own]) => {
    const lines = own.map(({ column, type, required, value }) =>
      [`  ${column} ${type}`, required ? "not null" : "", value ?? ""].filter(Boolean).join(" "),
    );
    const bound = constraints
      .filter((one) => one.table === table)
      .map((one) => `  constraint ${one.name} ${one.text}`);
    return `create table ${table} (\n${[...lines, ...bound].join(",\n")}\n);`;
  });
  const rest = [...indexes, ...functions, ...triggers].map((one) => `${(one.text as string).trim()};`);
  return `${[...text, ...rest].join("\n\n")}\n`;
}

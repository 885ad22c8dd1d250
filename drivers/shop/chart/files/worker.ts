/** Ships orders, the oldest first, one after the other. */
import { appVersion, neededTables, sql, tablesNow } from "./database.ts";

const shippingMs = Number(process.env.SHIPPING_MS) || 200;
let stopping = false;
process.on("SIGTERM", () => {
  stopping = true;
});
console.log(`shop worker ${appVersion} begins`);

while (!stopping) {
  try {
    // Until the migration has made its tables it has nothing to do.
    if ((await tablesNow()) < neededTables || !(await shipOne())) await Bun.sleep(300);
  } catch (thrown) {
    console.log(`waiting for the database: ${(thrown as Error).message}`);
    await Bun.sleep(500);
  }
}
await sql.close();
console.log("the worker has stopped");

async function shipOne(): Promise<boolean> {
  const [order] = await sql`select id, product from orders where state = 'new' order by id limit 1`;
  if (!order) return false;
  await Bun.sleep(shippingMs);
  await sql`update orders set state = 'shipped' where id = ${order.id}`;
  console.log(`order ${order.id} (${order.product}) is shipped`);
  return true;
}

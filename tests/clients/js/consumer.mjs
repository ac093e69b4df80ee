// sqs-consumer until it has seen COUNT messages: consumer.mjs ENDPOINT QUEUE_URL COUNT.  Its handler
// throws at the first sight of every hundredth, which must come again.
import { SQSClient } from "@aws-sdk/client-sqs";
import { Consumer } from "sqs-consumer";

const [endpoint, queueUrl, count] = process.argv.slice(2);
const seen = new Set();
const thrown = new Set();
let handled = 0;

const consumer = Consumer.create({
  queueUrl, batchSize: 10, waitTimeSeconds: 20, terminateVisibilityTimeout: true,
  strictReturn: true,
  sqs: new SQSClient({
    endpoint, region: "us-east-1", credentials: { accessKeyId: "test", secretAccessKey: "test" },
  }),
  handleMessage: async (message) => {
    if (Number(message.Body) % 100 === 0 && !thrown.has(message.Body)) {
      thrown.add(message.Body);
      throw new Error("not now");
    }
    handled += 1;
    seen.add(message.Body);
    return message;
  },
});
consumer.on("error", (error) => {
  console.error(error);
  process.exit(1);
});
consumer.on("processing_error", () => {});
consumer.on("message_processed", () => {
  if (seen.size === Number(count)) consumer.stop();
});
consumer.on("stopped", () => {
  console.log(JSON.stringify({ seen: seen.size, handled, thrown: thrown.size }));
  process.exit(0);
});
consumer.start();

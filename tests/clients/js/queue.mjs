// scenario.py with the AWS SDK for JavaScript v3, which checks every MD5 itself.
import {
  ChangeMessageVisibilityBatchCommand, ChangeMessageVisibilityCommand, CreateQueueCommand,
  DeleteMessageBatchCommand, DeleteMessageCommand, DeleteQueueCommand, GetQueueAttributesCommand,
  GetQueueUrlCommand, ListQueueTagsCommand, QueueDoesNotExist, ReceiveMessageCommand,
  SendMessageBatchCommand, SendMessageCommand, SQSClient, paginateListQueues,
} from "@aws-sdk/client-sqs";

const [endpoint, prefix] = process.argv.slice(2);
const sqs = new SQSClient({
  endpoint, region: "us-east-1", maxAttempts: 1,
  credentials: { accessKeyId: "test", secretAccessKey: "test" },
});
const saw = {};

const receive = async (QueueUrl, more = {}) =>
  (await sqs.send(new ReceiveMessageCommand({ QueueUrl, MaxNumberOfMessages: 10, ...more })))
    .Messages ?? [];
const receipts = (messages) =>
  messages.map((m, i) => ({ Id: String(i), ReceiptHandle: m.ReceiptHandle }));
const failures = (answer) =>
  (answer.Failed ?? []).map((f) => [f.Id, f.Code, f.SenderFault]);
const ids = (answer) => (answer.Successful ?? []).map((entry) => entry.Id).sort();

const { QueueUrl } = await sqs.send(new CreateQueueCommand({
  QueueName: prefix, Attributes: { VisibilityTimeout: "60" }, tags: { team: "a" },
}));
const body = 'Zoë 😀 <&> "x"\r\n';
const sent = await sqs.send(new SendMessageCommand({
  QueueUrl, MessageBody: body, MessageAttributes: {
    s: { DataType: "String", StringValue: "login" },
    n: { DataType: "Number", StringValue: "42" },
    b: { DataType: "Binary", BinaryValue: new Uint8Array([0, 255]) },
  },
}));
const ask = { MessageSystemAttributeNames: ["All"], MessageAttributeNames: ["All"] };
const [first] = await receive(QueueUrl, ask);
await sqs.send(new ChangeMessageVisibilityCommand({
  QueueUrl, ReceiptHandle: first.ReceiptHandle, VisibilityTimeout: 0,
}));
const [again] = await receive(QueueUrl, ask);
saw.message = {
  same: [again.MessageId === sent.MessageId, again.Body === body,
    again.MD5OfBody === sent.MD5OfMessageBody,
    again.MD5OfMessageAttributes === sent.MD5OfMessageAttributes],
  md5: sent.MD5OfMessageBody, attributes_md5: sent.MD5OfMessageAttributes,
  received: again.Attributes.ApproximateReceiveCount,
  attributes: [again.MessageAttributes.s.StringValue, again.MessageAttributes.n.StringValue,
    Buffer.from(again.MessageAttributes.b.BinaryValue).toString("hex")],
};
await sqs.send(new DeleteMessageCommand({ QueueUrl, ReceiptHandle: again.ReceiptHandle }));

const batch = await sqs.send(new SendMessageBatchCommand({
  QueueUrl, Entries: [
    { Id: "a", MessageBody: "one" }, { Id: "bad", MessageBody: "\u0001" },
    { Id: "b", MessageBody: "two" },
  ],
}));
saw.sent = [ids(batch), failures(batch)];
let got = await receive(QueueUrl);
while (got.length < 2) got = got.concat(await receive(QueueUrl, { WaitTimeSeconds: 1 }));
saw.bodies = got.map((m) => m.Body).sort();
const changed = await sqs.send(new ChangeMessageVisibilityBatchCommand({
  QueueUrl, Entries: receipts(got).map((entry) => ({ ...entry, VisibilityTimeout: 30 })),
}));
saw.changed = [ids(changed), failures(changed)];
const deleted = await sqs.send(new DeleteMessageBatchCommand({
  QueueUrl, Entries: [...receipts(got), { Id: "bad", ReceiptHandle: "none" }],
}));
saw.deleted = [ids(deleted), failures(deleted)];

await sqs.send(new SendMessageCommand({ QueueUrl, MessageBody: "late", DelaySeconds: 1 }));
saw.empty = (await receive(QueueUrl)).length;
const [late] = await receive(QueueUrl, { WaitTimeSeconds: 20 });
saw.late = late.Body;
await sqs.send(new DeleteMessageCommand({ QueueUrl, ReceiptHandle: late.ReceiptHandle }));

const fifo = (await sqs.send(new CreateQueueCommand({
  QueueName: `${prefix}.fifo`,
  Attributes: { FifoQueue: "true", ContentBasedDeduplication: "true" },
}))).QueueUrl;
const inOrder = await sqs.send(new SendMessageBatchCommand({
  QueueUrl: fifo,
  Entries: ["1", "2", "3"].map((i) => ({ Id: i, MessageBody: i, MessageGroupId: "g" })),
}));
const twice = await sqs.send(new SendMessageCommand({
  QueueUrl: fifo, MessageBody: "1", MessageGroupId: "g",
}));
const held = await receive(fifo, { MessageSystemAttributeNames: ["All"] });
const sequence = held.map((m) => m.Attributes.SequenceNumber);
saw.fifo = {
  bodies: held.map((m) => m.Body),
  grows: sequence.every((s, i) => i === 0 || sequence[i - 1] < s),
  same: inOrder.Successful[0].SequenceNumber === twice.SequenceNumber,
  locked: (await receive(fifo)).length,
  deleted: ids(await sqs.send(new DeleteMessageBatchCommand({
    QueueUrl: fifo, Entries: receipts(held),
  }))),
};

try {
  await sqs.send(new GetQueueUrlCommand({ QueueName: `${prefix}-none` }));
} catch (error) {
  if (!(error instanceof QueueDoesNotExist)) throw error;
  saw.missing = [error.name, error.$metadata.httpStatusCode];
}

for (const i of ["0", "1", "2"]) {
  await sqs.send(new CreateQueueCommand({ QueueName: `${prefix}-${i}` }));
}
saw.pages = [];
for await (const page of paginateListQueues(
  { client: sqs, pageSize: 2 }, { QueueNamePrefix: `${prefix}-` })) {
  saw.pages.push(page.QueueUrls.map((url) => url.slice(url.lastIndexOf("-") + 1)));
}

saw.tags = (await sqs.send(new ListQueueTagsCommand({ QueueUrl }))).Tags;
const all = (await sqs.send(new GetQueueAttributesCommand({
  QueueUrl, AttributeNames: ["All"],
}))).Attributes;
saw.queue = [all.VisibilityTimeout, all.ApproximateNumberOfMessages];
await sqs.send(new DeleteQueueCommand({ QueueUrl }));
console.log(JSON.stringify(saw));

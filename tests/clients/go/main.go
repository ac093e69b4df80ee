// scenario.py with the AWS SDK for Go v2, in a version that Debian 12's Go compiles.
package main

import (
	"context"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"sort"
	"strconv"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/aws/aws-sdk-go-v2/service/sqs/types"
	smithyhttp "github.com/aws/smithy-go/transport/http"
)

var (
	ctx    = context.Background()
	client *sqs.Client
)

// The value of a call that must go well.
func must[T any](value T, err error) T {
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	return value
}

func receive(input sqs.ReceiveMessageInput) []types.Message {
	input.MaxNumberOfMessages = 10
	return must(client.ReceiveMessage(ctx, &input)).Messages
}

func bodies(messages []types.Message) []string {
	found := []string{}
	for _, m := range messages {
		found = append(found, *m.Body)
	}
	return found
}

func receipts(messages []types.Message) []types.DeleteMessageBatchRequestEntry {
	var entries []types.DeleteMessageBatchRequestEntry
	for i, m := range messages {
		entries = append(entries, types.DeleteMessageBatchRequestEntry{
			Id: aws.String(strconv.Itoa(i)), ReceiptHandle: m.ReceiptHandle})
	}
	return entries
}

func failures(failed []types.BatchResultErrorEntry) []any {
	found := []any{}
	for _, f := range failed {
		found = append(found, []any{*f.Id, *f.Code, f.SenderFault})
	}
	return found
}

func deletedIds(entries []types.DeleteMessageBatchResultEntry) []string {
	ids := []string{}
	for _, entry := range entries {
		ids = append(ids, *entry.Id)
	}
	sort.Strings(ids)
	return ids
}

func main() {
	endpoint, prefix := os.Args[1], os.Args[2]
	client = sqs.New(sqs.Options{
		BaseEndpoint: &endpoint, Region: "us-east-1", RetryMaxAttempts: 1,
		Credentials: aws.CredentialsProviderFunc(func(context.Context) (aws.Credentials, error) {
			return aws.Credentials{AccessKeyID: "test", SecretAccessKey: "test"}, nil
		})})
	saw := map[string]any{}

	queue := must(client.CreateQueue(ctx, &sqs.CreateQueueInput{
		QueueName: &prefix, Attributes: map[string]string{"VisibilityTimeout": "60"},
		Tags: map[string]string{"team": "a"}})).QueueUrl
	body := "Zoë 😀 <&> \"x\"\r\n"
	sent := must(client.SendMessage(ctx, &sqs.SendMessageInput{
		QueueUrl: queue, MessageBody: &body, MessageAttributes: map[string]types.MessageAttributeValue{
			"s": {DataType: aws.String("String"), StringValue: aws.String("login")},
			"n": {DataType: aws.String("Number"), StringValue: aws.String("42")},
			"b": {DataType: aws.String("Binary"), BinaryValue: []byte{0, 255}}}}))
	everything := sqs.ReceiveMessageInput{QueueUrl: queue, MessageAttributeNames: []string{"All"},
		AttributeNames: []types.QueueAttributeName{types.QueueAttributeNameAll}}
	first := receive(everything)[0]
	must(client.ChangeMessageVisibility(ctx, &sqs.ChangeMessageVisibilityInput{
		QueueUrl: queue, ReceiptHandle: first.ReceiptHandle, VisibilityTimeout: 0}))
	again := receive(everything)[0]
	saw["message"] = map[string]any{
		"same": []bool{*again.MessageId == *sent.MessageId, *again.Body == body,
			*again.MD5OfBody == *sent.MD5OfMessageBody,
			*again.MD5OfMessageAttributes == *sent.MD5OfMessageAttributes},
		"md5": sent.MD5OfMessageBody, "attributes_md5": sent.MD5OfMessageAttributes,
		"received": again.Attributes["ApproximateReceiveCount"],
		"attributes": []string{*again.MessageAttributes["s"].StringValue,
			*again.MessageAttributes["n"].StringValue,
			hex.EncodeToString(again.MessageAttributes["b"].BinaryValue)}}
	must(client.DeleteMessage(ctx, &sqs.DeleteMessageInput{
		QueueUrl: queue, ReceiptHandle: again.ReceiptHandle}))

	batch := must(client.SendMessageBatch(ctx, &sqs.SendMessageBatchInput{
		QueueUrl: queue, Entries: []types.SendMessageBatchRequestEntry{
			{Id: aws.String("a"), MessageBody: aws.String("one")},
			{Id: aws.String("bad"), MessageBody: aws.String("\x01")},
			{Id: aws.String("b"), MessageBody: aws.String("two")}}}))
	ids := []string{}
	for _, entry := range batch.Successful {
		ids = append(ids, *entry.Id)
	}
	sort.Strings(ids)
	saw["sent"] = []any{ids, failures(batch.Failed)}
	got := receive(sqs.ReceiveMessageInput{QueueUrl: queue})
	for len(got) < 2 {
		got = append(got, receive(sqs.ReceiveMessageInput{QueueUrl: queue, WaitTimeSeconds: 1})...)
	}
	found := bodies(got)
	sort.Strings(found)
	saw["bodies"] = found
	var changes []types.ChangeMessageVisibilityBatchRequestEntry
	for _, entry := range receipts(got) {
		changes = append(changes, types.ChangeMessageVisibilityBatchRequestEntry{
			Id: entry.Id, ReceiptHandle: entry.ReceiptHandle, VisibilityTimeout: 30})
	}
	changed := must(client.ChangeMessageVisibilityBatch(ctx, &sqs.ChangeMessageVisibilityBatchInput{
		QueueUrl: queue, Entries: changes}))
	ids = []string{}
	for _, entry := range changed.Successful {
		ids = append(ids, *entry.Id)
	}
	sort.Strings(ids)
	saw["changed"] = []any{ids, failures(changed.Failed)}
	deleted := must(client.DeleteMessageBatch(ctx, &sqs.DeleteMessageBatchInput{
		QueueUrl: queue, Entries: append(receipts(got), types.DeleteMessageBatchRequestEntry{
			Id: aws.String("bad"), ReceiptHandle: aws.String("none")})}))
	saw["deleted"] = []any{deletedIds(deleted.Successful), failures(deleted.Failed)}

	must(client.SendMessage(ctx, &sqs.SendMessageInput{
		QueueUrl: queue, MessageBody: aws.String("late"), DelaySeconds: 1}))
	saw["empty"] = len(receive(sqs.ReceiveMessageInput{QueueUrl: queue}))
	late := receive(sqs.ReceiveMessageInput{QueueUrl: queue, WaitTimeSeconds: 20})[0]
	saw["late"] = late.Body
	must(client.DeleteMessage(ctx, &sqs.DeleteMessageInput{
		QueueUrl: queue, ReceiptHandle: late.ReceiptHandle}))

	fifo := must(client.CreateQueue(ctx, &sqs.CreateQueueInput{
		QueueName: aws.String(prefix + ".fifo"), Attributes: map[string]string{
			"FifoQueue": "true", "ContentBasedDeduplication": "true"}})).QueueUrl
	var entries []types.SendMessageBatchRequestEntry
	for _, i := range []string{"1", "2", "3"} {
		entries = append(entries, types.SendMessageBatchRequestEntry{
			Id: aws.String(i), MessageBody: aws.String(i), MessageGroupId: aws.String("g")})
	}
	inOrder := must(client.SendMessageBatch(ctx, &sqs.SendMessageBatchInput{
		QueueUrl: fifo, Entries: entries}))
	twice := must(client.SendMessage(ctx, &sqs.SendMessageInput{
		QueueUrl: fifo, MessageBody: aws.String("1"), MessageGroupId: aws.String("g")}))
	held := receive(sqs.ReceiveMessageInput{QueueUrl: fifo,
		AttributeNames: []types.QueueAttributeName{types.QueueAttributeNameAll}})
	grows := true
	for i := 1; i < len(held); i++ {
		grows = grows && held[i-1].Attributes["SequenceNumber"] < held[i].Attributes["SequenceNumber"]
	}
	saw["fifo"] = map[string]any{
		"bodies": bodies(held), "grows": grows,
		"same":   *inOrder.Successful[0].SequenceNumber == *twice.SequenceNumber,
		"locked": len(receive(sqs.ReceiveMessageInput{QueueUrl: fifo})),
		"deleted": deletedIds(must(client.DeleteMessageBatch(ctx, &sqs.DeleteMessageBatchInput{
			QueueUrl: fifo, Entries: receipts(held)})).Successful)}

	_, err := client.GetQueueUrl(ctx, &sqs.GetQueueUrlInput{QueueName: aws.String(prefix + "-none")})
	var missing *types.QueueDoesNotExist
	var answer *smithyhttp.ResponseError
	if !errors.As(err, &missing) || !errors.As(err, &answer) {
		must(0, fmt.Errorf("not a missing queue's error: %w", err))
	}
	saw["missing"] = []any{missing.ErrorCode(), answer.HTTPStatusCode()}

	for _, i := range []string{"0", "1", "2"} {
		must(client.CreateQueue(ctx, &sqs.CreateQueueInput{QueueName: aws.String(prefix + "-" + i)}))
	}
	pages := [][]string{}
	paginator := sqs.NewListQueuesPaginator(client, &sqs.ListQueuesInput{
		QueueNamePrefix: aws.String(prefix + "-"), MaxResults: aws.Int32(2)})
	for paginator.HasMorePages() {
		page := []string{}
		for _, url := range must(paginator.NextPage(ctx)).QueueUrls {
			page = append(page, url[strings.LastIndex(url, "-")+1:])
		}
		pages = append(pages, page)
	}
	saw["pages"] = pages

	saw["tags"] = must(client.ListQueueTags(ctx, &sqs.ListQueueTagsInput{QueueUrl: queue})).Tags
	all := must(client.GetQueueAttributes(ctx, &sqs.GetQueueAttributesInput{QueueUrl: queue,
		AttributeNames: []types.QueueAttributeName{types.QueueAttributeNameAll}})).Attributes
	saw["queue"] = []string{all["VisibilityTimeout"], all["ApproximateNumberOfMessages"]}
	must(client.DeleteQueue(ctx, &sqs.DeleteQueueInput{QueueUrl: queue}))
	fmt.Println(string(must(json.Marshal(saw))))
}

// What the embedded queue says of wrong requests, as SQS does.
#include <fmt/format.h>

#include "fakes/api_fixture.h"

namespace bauta::queue {
namespace {

using testing::HasSubstr;

using ApiErrorsTest = fakes::ApiFixture;

std::string Entries(const std::string& id, int count) {
  std::string entries;
  for (int i = 0; i < count; ++i) {
    entries += fmt::format(R"({}{{"Id":"{}{}","MessageBody":"x"}})", i ? "," : "", id, i);
  }
  return R"({"QueueUrl":"q","Entries":[)" + entries + "]}";
}

struct ErrorCase {
  std::string call, body, error;
};

TEST_F(ApiErrorsTest, ErrorsAreThoseOfSqs) {
  const std::string own = "400 com.amazonaws.sqs#";
  const std::string aws = "AWS.SimpleQueueService.";
  const std::string value =
      "400 com.amazon.coral.service#InvalidParameterValueException|InvalidParameterValue;Sender|";
  const std::string missing =
      "400 com.amazon.coral.service#MissingRequiredParameterException|MissingParameter;Sender|"
      "The request must contain the parameter ";
  const std::string malformed =
      "400 com.amazon.coral.service#SerializationException|MalformedInput;Sender|";
  const std::string gone = own + "QueueDoesNotExist|" + aws +
                           "NonExistentQueue;Sender|The specified queue does not exist.";
  const std::string bad_id =
      own + "InvalidBatchEntryId|" + aws +
      "InvalidBatchEntryId;Sender|A batch entry id can only contain alphanumeric characters, "
      "hyphens and underscores. It can be at most 80 letters long.";
  const std::string characters =
      own +
      "InvalidMessageContents|InvalidMessageContents;Sender|Invalid characters found. Valid "
      "unicode characters are #x9 | #xA | #xD | #x20 to #xD7FF | #xE000 to #xFFFD | #x10000 "
      "to #x10FFFF";
  const std::string name =
      value +
      "Can only include alphanumeric characters, hyphens, or underscores. 1 to 80 in length";
  const std::vector<ErrorCase> cases = {
      {"Nonsense", "{}",
       "400 com.amazon.coral.service#UnknownOperationException|InvalidAction;Sender|The action or "
       "operation requested is invalid. Verify that the action is typed correctly."},
      {"ListQueues", "[]", malformed + "The request body is not a JSON object."},
      {"ListQueues", "{", malformed + "The request body is not a JSON object."},
      {"ListQueues", R"({"MaxResults":"1"})",
       malformed + "A parameter has a value of the wrong type."},
      {"ListQueues", R"({"MaxResults":1001})",
       value + "Value 1001 for parameter MaxResults is invalid. Reason: MaxResults must be an "
               "integer between 1 and 1000."},
      {"ListQueues", R"({"NextToken":"*"})", value + "Invalid or expired next token."},
      {"CreateQueue", "{}", missing + "QueueName."},
      {"CreateQueue", R"({"QueueName":""})", name},
      {"CreateQueue", R"({"QueueName":"a b"})", name},
      {"CreateQueue", R"({"QueueName":"a.fifo"})", name},
      {"CreateQueue", fmt::format(R"({{"QueueName":"{}"}})", std::string(81, 'a')), name},
      {"CreateQueue", R"({"QueueName":"a","Attributes":{"FifoQueue":"true"}})",
       value + "The name of a FIFO queue can only include alphanumeric characters, hyphens, or "
               "underscores, must end with .fifo suffix and be 1 to 80 in length."},
      {"CreateQueue", R"({"QueueName":"a","Attributes":{"FifoQueue":"false"}})",
       own + "InvalidAttributeName|InvalidAttributeName;Sender|Unknown Attribute FifoQueue."},
      {"CreateQueue", R"({"QueueName":"a","Attributes":{"FifoThroughputLimit":"perQueue"}})",
       own + "InvalidAttributeName|InvalidAttributeName;Sender|You can specify the "
             "FifoThroughputLimit only when FifoQueue is set to true."},
      {"CreateQueue", R"({"QueueName":"q","Attributes":{"DelaySeconds":"1"}})",
       own + "QueueNameExists|QueueAlreadyExists;Sender|A queue already exists with the same name "
             "and a different value for attribute DelaySeconds"},
      {"CreateQueue", R"({"QueueName":"q","Attributes":{"DelaySeconds":"-1"}})",
       own + "InvalidAttributeValue|InvalidAttributeValue;Sender|Invalid value for the parameter "
             "DelaySeconds."},
      {"GetQueueUrl", R"({"QueueName":"none"})", gone},
      {"GetQueueUrl", R"({"QueueName":"q","QueueOwnerAWSAccountId":"123456789012"})", gone},
      {"GetQueueUrl", "{}", missing + "QueueName."},
      {"GetQueueAttributes", R"({"QueueUrl":"q","AttributeNames":["X"]})",
       own + "InvalidAttributeName|InvalidAttributeName;Sender|Unknown Attribute X."},
      {"SetQueueAttributes", R"({"QueueUrl":"q"})", missing + "Attributes."},
      {"TagQueue", R"({"QueueUrl":"q"})", missing + "Tags."},
      {"UntagQueue", R"({"QueueUrl":"q"})",
       value + "Tag keys must be between 1 and 128 characters in length."},
      {"SendMessage", R"({"QueueUrl":"q"})", missing + "MessageBody."},
      {"SendMessage", R"({"QueueUrl":"q","MessageBody":""})", missing + "MessageBody."},
      {"SendMessage", R"({"QueueUrl":"q","MessageBody":1})",
       malformed + "A parameter has a value of the wrong type."},
      {"SendMessage", R"({"QueueUrl":"q","MessageBody":"a\u0000b"})", characters},
      {"SendMessage", R"({"QueueUrl":"q","MessageBody":"\uffff"})", characters},
      {"SendMessage", R"({"QueueUrl":"q","MessageBody":"\udc00"})",
       malformed + "The request body is not a JSON object."},
      {"SendMessage", R"({"QueueUrl":"q","MessageBody":"x","DelaySeconds":901})",
       value + "Value 901 for parameter DelaySeconds is invalid. Reason: DelaySeconds must be >= 0 "
               "and <= 900."},
      {"SendMessage", R"({"QueueUrl":"q","MessageBody":"x","MessageDeduplicationId":"d"})",
       value + "Value d for parameter MessageDeduplicationId is invalid. Reason: The request "
               "includes a parameter that is not valid for this queue type."},
      {"SendMessage", R"({"QueueUrl":"q","MessageBody":"x","MessageGroupId":"a b"})",
       value + "Value a b for parameter MessageGroupId is invalid. Reason: MessageGroupId can only "
               "include alphanumeric and punctuation characters. 1 to 128 in length."},
      {"SendMessage",
       R"({"QueueUrl":"q","MessageBody":"x","MessageAttributes":{"E":{"DataType":"String","StringValue":""}}})",
       value + "Message (user) attribute 'E' must contain a non-empty value of type 'String'."},
      {"SendMessage",
       R"({"QueueUrl":"q","MessageBody":"x","MessageAttributes":{"E":{"StringValue":"x"}}})",
       value + "The message (user) attribute 'E' must contain a non-empty attribute type."},
      {"SendMessage",
       R"({"QueueUrl":"q","MessageBody":"x","MessageAttributes":{"E":{"DataType":"Bool","StringValue":"x"}}})",
       value + "The type of message (user) attribute 'E' is invalid. You must use only the "
               "following supported type prefixes: Binary, Number, String."},
      {"SendMessage",
       R"({"QueueUrl":"q","MessageBody":"x","MessageAttributes":{"E":{"DataType":"Number","StringValue":"1x"}}})",
       value + "Can't cast the value of message (user) attribute 'E' to a number."},
      {"SendMessage",
       R"({"QueueUrl":"q","MessageBody":"x","MessageAttributes":{"E":{"DataType":"Binary","BinaryValue":"*"}}})",
       malformed + "A BinaryValue is no base64."},
      {"SendMessage",
       R"({"QueueUrl":"q","MessageBody":"x","MessageSystemAttributes":{"E":{"DataType":"String","StringValue":"x"}}})",
       value + "Message system attribute name 'E' is invalid."},
      {"SendMessageBatch", R"({"QueueUrl":"q"})",
       own + "EmptyBatchRequest|" + aws +
           "EmptyBatchRequest;Sender|There should be at least one "
           "SendMessageBatchRequestEntry in the request."},
      {"SendMessageBatch", Entries("i", 11),
       own + "TooManyEntriesInBatchRequest|" + aws +
           "TooManyEntriesInBatchRequest;Sender|Maximum number of entries per request are 10. You "
           "have sent 11."},
      {"SendMessageBatch", Entries("i ", 2), bad_id},
      {"DeleteMessageBatch", Entries(std::string(80, 'a'), 1), bad_id},
      {"ChangeMessageVisibilityBatch",
       R"({"QueueUrl":"q","Entries":[{"Id":"a","ReceiptHandle":"x"},{"Id":"a","ReceiptHandle":"y"}]})",
       own + "BatchEntryIdsNotDistinct|" + aws + "BatchEntryIdsNotDistinct;Sender|Id a repeated."},
      {"ReceiveMessage", R"({"QueueUrl":"q","MaxNumberOfMessages":11})",
       value + "Value 11 for parameter MaxNumberOfMessages is invalid. Reason: Must be between 1 "
               "and 10, if provided."},
      {"ReceiveMessage", R"({"QueueUrl":"q","MaxNumberOfMessages":0})",
       value + "Value 0 for parameter MaxNumberOfMessages is invalid. Reason: Must be between 1 "
               "and 10, if provided."},
      {"ReceiveMessage", R"({"QueueUrl":"q","WaitTimeSeconds":-1})",
       value + "Value -1 for parameter WaitTimeSeconds is invalid. Reason: Must be >= 0 and <= 20, "
               "if provided."},
      {"ReceiveMessage", R"({"QueueUrl":"q","VisibilityTimeout":43201})",
       value + "Value 43201 for parameter VisibilityTimeout is invalid. Reason: Must be >= 0 and "
               "<= 43200, if provided."},
      {"DeleteMessage", R"({"QueueUrl":"q"})", missing + "ReceiptHandle."},
      {"DeleteMessage", R"({"QueueUrl":"q","ReceiptHandle":"x"})",
       own + "ReceiptHandleIsInvalid|ReceiptHandleIsInvalid;Sender|The input receipt handle "
             "\\\"x\\\" is not a valid receipt handle."},
      {"ChangeMessageVisibility", R"({"QueueUrl":"q","ReceiptHandle":"x"})",
       missing + "VisibilityTimeout."},
  };
  for (const ErrorCase& c : cases) EXPECT_EQ(Error(c.call, c.body), c.error) << c.call << c.body;
}

TEST_F(ApiErrorsTest, FifoErrorsAreThoseOfSqs) {
  Ok("CreateQueue", R"({"QueueName":"a.fifo","Attributes":{"FifoQueue":"true"}})");
  const std::string own = "400 com.amazonaws.sqs#";
  const std::string value =
      "400 com.amazon.coral.service#InvalidParameterValueException|InvalidParameterValue;Sender|";
  const std::string group = "The request must contain the parameter MessageGroupId.";
  const std::string id =
      "The queue should either have ContentBasedDeduplication enabled or MessageDeduplicationId "
      "provided explicitly";
  const std::string type =
      "is invalid. Reason: The request include parameter that is not valid for this queue type.";
  const std::string characters =
      "can only include alphanumeric and punctuation characters. 1 to 128 in length.";
  const std::vector<ErrorCase> cases = {
      {"SendMessage", R"({"QueueUrl":"a.fifo","MessageBody":"x","MessageDeduplicationId":"d"})",
       "400 com.amazon.coral.service#MissingRequiredParameterException|MissingParameter;Sender|" +
           group},
      {"SendMessage", R"({"QueueUrl":"a.fifo","MessageBody":"x","MessageGroupId":"g"})",
       value + id},
      {"SendMessageBatch",
       R"({"QueueUrl":"a.fifo","Entries":[{"Id":"0","MessageBody":"x","MessageDeduplicationId":"d",)"
       R"("MessageGroupId":"g"},{"Id":"1","MessageBody":"x","MessageDeduplicationId":"e"}]})",
       value + group},
      {"SendMessageBatch",
       R"({"QueueUrl":"a.fifo","Entries":[{"Id":"1","MessageBody":"x","MessageGroupId":"g"}]})",
       value + id},
      {"SendMessage",
       R"({"QueueUrl":"a.fifo","MessageBody":"x","MessageGroupId":"g","DelaySeconds":2,)"
       R"("MessageDeduplicationId":"d"})",
       value + "Value 2 for parameter DelaySeconds " + type},
      {"SendMessage",
       R"({"QueueUrl":"a.fifo","MessageBody":"x","MessageGroupId":"g h",)"
       R"("MessageDeduplicationId":"d"})",
       value + "Value g h for parameter MessageGroupId is invalid. Reason: MessageGroupId " +
           characters},
      {"SendMessage",
       R"({"QueueUrl":"a.fifo","MessageBody":"x","MessageGroupId":"g",)"
       R"("MessageDeduplicationId":""})",
       value +
           "Value  for parameter MessageDeduplicationId is invalid. Reason: "
           "MessageDeduplicationId " +
           characters},
      {"ReceiveMessage", R"({"QueueUrl":"q","ReceiveRequestAttemptId":"a"})",
       value + "Value a for parameter ReceiveRequestAttemptId " + type},
      {"ReceiveMessage", R"({"QueueUrl":"a.fifo","ReceiveRequestAttemptId":"a b"})",
       value +
           "Value a b for parameter ReceiveRequestAttemptId is invalid. Reason: "
           "ReceiveRequestAttemptId " +
           characters},
      {"CreateQueue",
       R"({"QueueName":"a.fifo","Attributes":{"FifoQueue":"true","ContentBasedDeduplication":"true"}})",
       own + "QueueNameExists|QueueAlreadyExists;Sender|A queue already exists with the same name "
             "and a different value for attribute ContentBasedDeduplication"},
      {"CreateQueue", R"({"QueueName":"a","Attributes":{"ContentBasedDeduplication":"true"}})",
       own + "InvalidAttributeName|InvalidAttributeName;Sender|Unknown Attribute "
             "ContentBasedDeduplication."},
      {"SetQueueAttributes", R"({"QueueUrl":"q","Attributes":{"FifoQueue":"true"}})",
       own + "InvalidAttributeName|InvalidAttributeName;Sender|Unknown Attribute FifoQueue."},
      {"SetQueueAttributes", R"({"QueueUrl":"a.fifo","Attributes":{"FifoQueue":"false"}})",
       own + "InvalidAttributeValue|InvalidAttributeValue;Sender|Invalid value for the parameter "
             "FifoQueue. Reason: Modifying queue type is not supported."},
      {"SetQueueAttributes", R"({"QueueUrl":"a.fifo","Attributes":{"DeduplicationScope":"all"}})",
       own + "InvalidAttributeValue|InvalidAttributeValue;Sender|Invalid value for the parameter "
             "DeduplicationScope."},
      {"SetQueueAttributes",
       R"({"QueueUrl":"a.fifo","Attributes":{"FifoThroughputLimit":"perMessageGroupId"}})",
       own + "InvalidAttributeValue|InvalidAttributeValue;Sender|Invalid value for the parameter "
             "FifoThroughputLimit. Reason: The perMessageGroupId value is allowed only when the "
             "value for DeduplicationScope is messageGroup."},
      {"SetQueueAttributes",
       R"({"QueueUrl":"q","Attributes":{"KmsMasterKeyId":"k","SqsManagedSseEnabled":"true"}})",
       own + "InvalidAttributeName|InvalidAttributeName;Sender|You can use one type of server-side "
             "encryption (SSE) at one time. You can either enable KMS SSE or SQS SSE."},
  };
  for (const ErrorCase& c : cases) EXPECT_EQ(Error(c.call, c.body), c.error) << c.call << c.body;
  EXPECT_THAT(
      Ok("GetQueueAttributes", R"({"QueueUrl":"a.fifo","AttributeNames":["All"]})"),
      AllOf(HasSubstr(R"("ContentBasedDeduplication":"false")"),
            HasSubstr(R"("DeduplicationScope":"queue")"), HasSubstr(R"("FifoQueue":"true")"),
            HasSubstr(R"("FifoThroughputLimit":"perQueue")")));
}

TEST_F(ApiErrorsTest, EveryCallOnAQueueNeedsOneThatExists) {
  for (const std::string call :
       {"GetQueueAttributes", "SetQueueAttributes", "SendMessage", "SendMessageBatch",
        "ReceiveMessage", "DeleteMessage", "DeleteMessageBatch", "ChangeMessageVisibility",
        "ChangeMessageVisibilityBatch", "PurgeQueue", "DeleteQueue", "TagQueue", "UntagQueue",
        "ListQueueTags", "ListDeadLetterSourceQueues"}) {
    EXPECT_THAT(
        Error(call, R"({"QueueUrl":"none","Attributes":{},"Tags":{"a":"b"},"TagKeys":["a"]})"),
        HasSubstr("QueueDoesNotExist"))
        << call;
    EXPECT_THAT(Error(call, "{}"), HasSubstr("The request must contain the parameter QueueUrl."))
        << call;
  }
}

}  // namespace
}  // namespace bauta::queue

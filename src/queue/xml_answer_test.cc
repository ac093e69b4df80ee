#include "queue/xml_answer.h"

#include <gtest/gtest.h>

namespace bauta::queue {
namespace {

// Without what is the same in all.
std::string Result(const std::string& action, const Answered& answer) {
  std::string xml = ToXml(action, answer, "id");
  const std::string before =
      "<" + action + R"(Response xmlns="http://queue.amazonaws.com/doc/2012-11-05/">)";
  const std::string after =
      "<ResponseMetadata><RequestId>id</RequestId></ResponseMetadata></" + action + "Response>";
  EXPECT_TRUE(xml.starts_with(before)) << xml;
  EXPECT_TRUE(xml.ends_with(after)) << xml;
  return xml.substr(before.size(), xml.size() - before.size() - after.size());
}

TEST(XmlAnswer, IsThatOfSqs) {
  auto content = std::make_shared<Content>();
  content->id = "id-1";
  content->body = "<a b=\"1\">&\r\n\t";
  content->body_md5 = "md5";
  content->extras.Set().attributes["k"] = {"String", "v"};
  content->extras.Set().attributes["l"] = {"Binary", std::string("\0", 1)};
  const Received message{.content = content, .handle = "h", .sent_ms = 5, .receives = 1};
  const Batch<Unit> batch = {{"1", Unit{}}, {"2", ReceiptHandleIsInvalid("x")}};
  MoveTask task;
  task.source_arn = "arn";
  task.status = MoveTask::Status::kCompleted;
  task.moved = 2;
  const struct {
    std::string action;
    Answered answer;
    std::string xml;
  } cases[] = {
      {"PurgeQueue", Unit{}, ""},
      {"CreateQueue", QueueUrl{"http://localhost/1/q"},
       "<CreateQueueResult><QueueUrl>http://localhost/1/q</QueueUrl></CreateQueueResult>"},
      {"ListQueues", QueuePage{{"a", "b"}, "next"},
       "<ListQueuesResult><QueueUrl>a</QueueUrl><QueueUrl>b</QueueUrl>"
       "<NextToken>next</NextToken></ListQueuesResult>"},
      {"ListDeadLetterSourceQueues", DeadLetterSources{{{"a"}, ""}},
       "<ListDeadLetterSourceQueuesResult><QueueUrl>a</QueueUrl>"
       "</ListDeadLetterSourceQueuesResult>"},
      {"GetQueueAttributes", Attributes{{"DelaySeconds", "0"}},
       "<GetQueueAttributesResult><Attribute><Name>DelaySeconds</Name><Value>0</Value></Attribute>"
       "</GetQueueAttributesResult>"},
      {"ListQueueTags", QueueTags{{{"k", "v"}}},
       "<ListQueueTagsResult><Tag><Key>k</Key><Value>v</Value></Tag></ListQueueTagsResult>"},
      {"SendMessage", SentMessage{"i", "m", "a", "", "1"},
       "<SendMessageResult><MessageId>i</MessageId><MD5OfMessageBody>m</MD5OfMessageBody>"
       "<MD5OfMessageAttributes>a</MD5OfMessageAttributes><SequenceNumber>1</SequenceNumber>"
       "</SendMessageResult>"},
      {"DeleteMessageBatch", batch,
       "<DeleteMessageBatchResult><DeleteMessageBatchResultEntry><Id>1</Id>"
       "</DeleteMessageBatchResultEntry><BatchResultErrorEntry><Id>2</Id><SenderFault>true"
       "</SenderFault><Code>ReceiptHandleIsInvalid</Code><Message>The input receipt handle "
       "&quot;x&quot; is not a valid receipt handle.</Message></BatchResultErrorEntry>"
       "</DeleteMessageBatchResult>"},
      {"ReceiveMessage", Messages{}, "<ReceiveMessageResult/>"},
      {"ReceiveMessage", Messages{{message}, {"SentTimestamp"}, {"k", "l"}, "1"},
       "<ReceiveMessageResult><Message><MessageId>id-1</MessageId><ReceiptHandle>h</ReceiptHandle>"
       "<MD5OfBody>md5</MD5OfBody><Body>&lt;a b=&quot;1&quot;&gt;&amp;&#xD;\n\t</Body>"
       "<Attribute><Name>SentTimestamp</Name><Value>5</Value></Attribute>"
       "<MD5OfMessageAttributes>d04690de589790b30b7144c361979725</MD5OfMessageAttributes>"
       "<MessageAttribute><Name>k</Name><Value><StringValue>v</StringValue><DataType>String"
       "</DataType></Value></MessageAttribute><MessageAttribute><Name>l</Name><Value><BinaryValue>"
       "AA==</BinaryValue><DataType>Binary</DataType></Value></MessageAttribute></Message>"
       "</ReceiveMessageResult>"},
      {"StartMessageMoveTask", TaskHandle{"h"},
       "<StartMessageMoveTaskResult><TaskHandle>h</TaskHandle></StartMessageMoveTaskResult>"},
      {"ListMessageMoveTasks", std::vector<MoveTask>{task},
       "<ListMessageMoveTasksResult><ListMessageMoveTasksResultEntry><Status>COMPLETED</Status>"
       "<SourceArn>arn</SourceArn><ApproximateNumberOfMessagesMoved>2"
       "</ApproximateNumberOfMessagesMoved><ApproximateNumberOfMessagesToMove>0"
       "</ApproximateNumberOfMessagesToMove><StartedTimestamp>0</StartedTimestamp>"
       "</ListMessageMoveTasksResultEntry></ListMessageMoveTasksResult>"},
      {"CancelMessageMoveTask", Moved{3},
       "<CancelMessageMoveTaskResult><ApproximateNumberOfMessagesMoved>3"
       "</ApproximateNumberOfMessagesMoved></CancelMessageMoveTaskResult>"},
  };
  for (const auto& c : cases) EXPECT_EQ(Result(c.action, c.answer), c.xml);
}

TEST(XmlAnswer, ErrorsAreThoseOfSqs) {
  EXPECT_EQ(ErrorXml(QueueDoesNotExist(), "id"),
            R"(<ErrorResponse xmlns="http://queue.amazonaws.com/doc/2012-11-05/"><Error>)"
            "<Type>Sender</Type><Code>AWS.SimpleQueueService.NonExistentQueue</Code><Message>The "
            "specified queue does not exist for this wsdl version.</Message><Detail/></Error>"
            "<RequestId>id</RequestId></ErrorResponse>");
  EXPECT_NE(ErrorXml(InternalFailure(), "id").find("<Type>Receiver</Type>"), std::string::npos);
  EXPECT_NE(ErrorXml(InvalidParameterValue("a\x01<"), "id").find("<Message>a?&lt;</Message>"),
            std::string::npos)
      << "what XML cannot say";
}

}  // namespace
}  // namespace bauta::queue

// What a request to SQS and its answer cost us: signing, writing, reading ten messages.
#include <benchmark/benchmark.h>

#include <string>

#include "aws/json_wire.h"
#include "aws/query_wire.h"
#include "aws/sigv4.h"
#include "crypto/digest.h"

namespace bauta::aws {
namespace {

constexpr const char* kBody =
    R"({"user_id":"424cdd21-063a-43a7-b91b-7ca1a833afae","app_version":"2.3.0",)"
    R"("device_type":"android","ip":"192.0.2.111","locale":"RU","device_id":"593-47-5928"})";

void BM_Sign(benchmark::State& state) {
  Signer signer({"AKIDEXAMPLE", "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY", ""}, "us-east-1",
                "sqs");
  const Header headers[] = {{"content-type", "application/x-amz-json-1.0"},
                            {"host", "sqs.us-east-1.amazonaws.com"},
                            {"x-amz-date", "20261121T070000Z"},
                            {"x-amz-target", "AmazonSQS.ReceiveMessage"},
                            {"x-amzn-query-mode", "true"}};
  const std::string body(static_cast<std::size_t>(state.range(0)), 'x');
  for (auto _ : state) {
    benchmark::DoNotOptimize(signer.Authorization("POST", "/", headers, body, headers[2].value));
  }
}
BENCHMARK(BM_Sign)->Arg(180)->Arg(4 << 10)->Arg(64 << 10)->Unit(benchmark::kMicrosecond);

// With receipts as long as AWS's.
std::string Receipt() { return std::string(400, 'A'); }

std::string Md5OfBody() { return crypto::Md5Hex(kBody); }

std::string Escaped(std::string_view body) {
  std::string out;
  for (const char c : body) {
    if (c == '"') out += '\\';
    out += c;
  }
  return out;
}

std::string JsonAnswer() {
  std::string out = R"({"Messages":[)";
  for (int i = 0; i < 10; ++i) {
    if (i > 0) out += ',';
    out += R"({"MessageId":"9f1b6c1e-5c1c-4a3e-9c55-00000000000)" + std::to_string(i) +
           R"(","ReceiptHandle":")" + Receipt() + R"(","MD5OfBody":")" + Md5OfBody() +
           R"(","Body":")" + Escaped(kBody) +
           R"(","Attributes":{"SentTimestamp":"1795244400000","ApproximateReceiveCount":"1"}})";
  }
  return out + "]}";
}

std::string XmlAnswer() {
  std::string body;
  for (const char c : std::string_view(kBody)) body += c == '"' ? "&quot;" : std::string(1, c);
  std::string out = "<ReceiveMessageResponse><ReceiveMessageResult>";
  for (int i = 0; i < 10; ++i) {
    out += "<Message><MessageId>9f1b6c1e-5c1c-4a3e-9c55-00000000000" + std::to_string(i) +
           "</MessageId><ReceiptHandle>" + Receipt() + "</ReceiptHandle><MD5OfBody>" + Md5OfBody() +
           "</MD5OfBody><Body>" + body +
           "</Body><Attribute><Name>SentTimestamp</Name><Value>1795244400000</Value></Attribute>"
           "<Attribute><Name>ApproximateReceiveCount</Name><Value>1</Value></Attribute></Message>";
  }
  return out + "</ReceiveMessageResult></ReceiveMessageResponse>";
}

void Read(benchmark::State& state, const Wire& wire, const std::string& answer) {
  const auto once = wire.ReadReceive(answer);
  if (!once.ok() || once->size() != 10 || !once->front().intact) {
    return state.SkipWithError("the answer is not read as ten messages");
  }
  for (auto _ : state) benchmark::DoNotOptimize(wire.ReadReceive(answer));
  state.SetBytesProcessed(static_cast<std::int64_t>(state.iterations() * answer.size()));
}
void BM_ReadTenMessagesJson(benchmark::State& state) { Read(state, JsonWire(), JsonAnswer()); }
void BM_ReadTenMessagesXml(benchmark::State& state) { Read(state, QueryWire(), XmlAnswer()); }
BENCHMARK(BM_ReadTenMessagesJson)->Unit(benchmark::kMicrosecond);
BENCHMARK(BM_ReadTenMessagesXml)->Unit(benchmark::kMicrosecond);

void Write(benchmark::State& state, const Wire& wire) {
  SqsCall call;
  call.operation = "DeleteMessageBatch";
  call.members.push_back({"QueueUrl", "https://sqs.us-east-1.amazonaws.com/000000000000/logins"});
  for (int i = 0; i < 10; ++i) call.entries.push_back({{"ReceiptHandle", Receipt()}});
  for (auto _ : state) benchmark::DoNotOptimize(wire.Write(call));
}
void BM_WriteDeleteOfTenJson(benchmark::State& state) { Write(state, JsonWire()); }
void BM_WriteDeleteOfTenQuery(benchmark::State& state) { Write(state, QueryWire()); }
BENCHMARK(BM_WriteDeleteOfTenJson)->Unit(benchmark::kMicrosecond);
BENCHMARK(BM_WriteDeleteOfTenQuery)->Unit(benchmark::kMicrosecond);

}  // namespace
}  // namespace bauta::aws

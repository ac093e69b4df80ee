#include "aws/sqs_client.h"

#include <array>
#include <atomic>
#include <cstdlib>
#include <utility>

#include "aws/backoff.h"
#include "aws/sigv4.h"
#include "aws/sqs_error.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/text.h"
#include "http/client.h"

namespace bauta::aws {
namespace {

constexpr std::chrono::milliseconds kTimeout{15'000};
constexpr int kAttempts = 3;
constexpr const char* kAwayHint =
    "source.sqs.endpoint or AWS_ENDPOINT_URL_SQS names the endpoint; `bauta run --wait 60s` waits "
    "for it";

struct Call {
  std::string_view operation;  // A literal.
  std::string queue_url;       // For messages.
  std::string body;
  std::chrono::milliseconds timeout = kTimeout;
  int attempts = 1;
  bool quotes = true;
};

std::string WithQueue(const std::string& queue_url) {
  std::string body = "{\"QueueUrl\":";
  AppendJsonString(body, queue_url);
  return body;
}

// {"QueueUrl":…,"Entries":[{"Id":"0",…},…]}
template <class Entries, class Append>
std::string BatchBody(const std::string& queue_url, const Entries& entries, Append append) {
  std::string body = WithQueue(queue_url) + ",\"Entries\":[";
  std::size_t index = 0;
  for (const auto& entry : entries) {
    body += index == 0 ? "{\"Id\":\"" : ",{\"Id\":\"";
    body += std::to_string(index++);
    body += "\",";
    append(body, entry);
    body += '}';
  }
  return body + "]}";
}

void AppendField(std::string& body, std::string_view name, std::string_view value) {
  body += '"';
  body += name;
  body += "\":";
  AppendJsonString(body, value);
}

std::string ReceiveBody(const std::string& queue_url, const ReceiveOptions& options) {
  std::string body = WithQueue(queue_url);
  body += ",\"MaxNumberOfMessages\":" + std::to_string(options.max);
  body += ",\"WaitTimeSeconds\":" + std::to_string(options.wait.count());
  if (options.visibility) {
    body += ",\"VisibilityTimeout\":" + std::to_string(options.visibility->count());
  }
  // The first name is what servers of before 2024 know, the second what replaced it.
  constexpr std::string_view kNames = "[\"SentTimestamp\",\"ApproximateReceiveCount\"]";
  body.append(",\"AttributeNames\":").append(kNames);
  body.append(",\"MessageSystemAttributeNames\":").append(kNames);
  return body + ",\"MessageAttributeNames\":[\"All\"]}";
}

std::string CreateBody(const std::string& name, const AttributeMap& attributes) {
  std::string body = "{\"QueueName\":" + JsonString(name);
  if (!attributes.empty()) {
    body += ",\"Attributes\":{";
    bool first = true;
    for (const auto& [key, value] : attributes) {
      if (!std::exchange(first, false)) body += ',';
      AppendJsonString(body, key);
      body += ':';
      AppendJsonString(body, value);
    }
    body += '}';
  }
  return body + '}';
}

}  // namespace

class SqsClient::Impl {
 public:
  Impl(Endpoint endpoint, Credentials credentials, http::Client::Options http)
      : endpoint_(std::move(endpoint)),
        host_(SignedHost()),
        url_(endpoint_.url + (PathOfUrl(endpoint_.url) == "/" ? "/" : "")),
        path_(PathOfUrl(url_)),
        signer_(std::move(credentials), endpoint_.region, "sqs"),
        http_(std::move(http)) {}

  const Endpoint& endpoint() const { return endpoint_; }
  http::Client& http() { return http_; }

  // Calls `parse` on the body of a 200.
  template <class T, class Parse>
  void Send(Call call, Done<T> done, Parse parse) {
    auto pending = std::make_shared<Pending<T, Parse>>(
        Pending<T, Parse>{std::move(call), std::move(done), parse});
    http_.Post([this, pending = std::move(pending)] { Try(pending); });
  }

 private:
  // The scheme's own port is not part of the Host header.
  std::string SignedHost() const {
    std::string host = HostOfUrl(endpoint_.url);
    const std::string_view port = endpoint_.url.starts_with("https") ? ":443" : ":80";
    if (host.ends_with(port)) host.resize(host.size() - port.size());
    return host;
  }

  template <class T, class Parse>
  struct Pending {
    Call call;
    Done<T> done;
    Parse parse;
    int attempt = 1;
  };

  template <class T, class Parse>
  void Try(std::shared_ptr<Pending<T, Parse>> pending) {
    http::ClientRequest request;
    request.url = url_;
    request.timeout = pending->call.timeout;
    request.headers = Headers(pending->call);
    const bool last = pending->attempt >= pending->call.attempts;
    request.body = last ? std::move(pending->call.body) : pending->call.body;
    http_.Send(std::move(request), [this, last, pending](Result<http::ClientResponse> response) {
      Result<T> result = Read<T>(pending->call, std::move(response), pending->parse);
      if (result.ok() || last || result.error().code != ErrorCode::kRetryable) {
        return pending->done(std::move(result));
      }
      http_.After(Backoff(pending->attempt++ - 1), [this, pending] { Try(pending); });
    });
  }

  template <class T, class Parse>
  Result<T> Read(const Call& call, Result<http::ClientResponse> response, Parse parse) {
    if (!response.ok()) {
      Error error = response.error();
      error.message = "SQS " + std::string(call.operation) + ": " + error.message;
      if (error.code == ErrorCode::kRetryable) error.hint = kAwayHint;
      return error;
    }
    if (response->status != 200) return Failure(call, *response);
    Result<T> result = parse(response->body);
    if (result.ok()) return result;
    // Something stands between us and SQS, or it broke off: the next answer may be whole.
    return Retryable(result.error().message);
  }

  Error Failure(const Call& call, const http::ClientResponse& response) {
    const Fault fault = ParseFault(response.body, response.amzn_query_error);
    if (MayBeClockSkew(fault.code) && CorrectSkew(response.date)) {
      return Retryable("SQS " + std::string(call.operation) + ": " + fault.code +
                       "; our clock is off and is now corrected");
    }
    const std::string queue = QueueName(call.queue_url);
    return ToError({call.operation, queue, endpoint_.region, endpoint_.url, call.quotes},
                   response.status, fault.code, fault.message);
  }

  // True if the server's clock is minutes away from what we signed with.
  bool CorrectSkew(const std::string& date) {
    const auto theirs = http::ParseDate(date);
    if (!theirs) return false;
    const auto off = std::chrono::floor<std::chrono::seconds>(*theirs - SystemClock().Now());
    if (std::chrono::abs(off - skew_) < std::chrono::seconds(240)) return false;
    log::Warn("aws", "our clock differs from AWS's; requests are signed with theirs",
              {{"seconds", off.count()}});
    skew_ = off;
    return true;
  }

  std::vector<std::string> Headers(const Call& call) {
    const WallTime now = SystemClock().Now() + skew_;
    const auto second = std::chrono::floor<std::chrono::seconds>(now);
    if (second != date_second_) {
      date_second_ = second;
      date_ = AmzDate(now);
    }
    const std::string target = "AmazonSQS." + std::string(call.operation);
    constexpr std::string_view kType = "application/x-amz-json-1.0";
    const std::string& token = signer_.session_token();
    std::array<Header, 6> all = {Header{"content-type", kType}, Header{"host", host_},
                                 Header{"x-amz-date", date_}};
    std::size_t n = 3;
    if (!token.empty()) all[n++] = {"x-amz-security-token", token};
    all[n++] = {"x-amz-target", target};
    all[n++] = {"x-amzn-query-mode", "true"};
    std::vector<std::string> headers;
    headers.reserve(8);
    headers.push_back("Authorization: " + signer_.Authorization("POST", path_,
                                                                std::span(all).first(n), call.body,
                                                                date_));
    for (std::size_t i = 0; i < n; ++i) {
      if (all[i].name == "host") continue;  // curl writes the same.
      std::string& header = headers.emplace_back(all[i].name);
      header += ": ";
      header += all[i].value;
    }
    headers.emplace_back("User-Agent: bauta/" BAUTA_VERSION);
    return headers;
  }

  const Endpoint endpoint_;
  const std::string host_, url_, path_;
  // The client's thread only:
  Signer signer_;
  std::chrono::seconds skew_{0};
  std::chrono::sys_seconds date_second_{};
  std::string date_;
  http::Client http_;  // Last: its thread uses the rest.
};

Result<std::unique_ptr<SqsClient>> SqsClient::Open(const Wishes& wishes,
                                                   const Environment& environment) {
  const Profile profile = LoadProfile(environment);
  Endpoint endpoint = TRY(ResolveEndpoint(wishes, environment, profile));
  Credentials credentials = TRY(ResolveCredentials(endpoint, environment, profile));
  http::Client::Options http;
  http.ca_file = environment.variable("AWS_CA_BUNDLE").value_or("");
  auto impl = std::make_unique<Impl>(std::move(endpoint), std::move(credentials), std::move(http));
  return std::unique_ptr<SqsClient>(new SqsClient(std::move(impl)));
}

SqsClient::SqsClient(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
SqsClient::~SqsClient() = default;

const Endpoint& SqsClient::endpoint() const { return impl_->endpoint(); }

void SqsClient::CreateQueue(const std::string& name, const AttributeMap& attributes,
                            Done<std::string> done) {
  Call call{"CreateQueue", name, CreateBody(name, attributes)};
  call.attempts = kAttempts;
  call.quotes = false;
  impl_->Send<std::string>(std::move(call), std::move(done), ParseQueueUrl);
}

void SqsClient::GetQueueUrl(const std::string& name, Done<std::string> done) {
  Call call{"GetQueueUrl", name, "{\"QueueName\":" + JsonString(name) + '}'};
  call.attempts = kAttempts;
  call.quotes = false;
  impl_->Send<std::string>(std::move(call), std::move(done), ParseQueueUrl);
}

void SqsClient::GetQueueAttributes(const std::string& queue_url, Done<AttributeMap> done) {
  Call call{"GetQueueAttributes", queue_url,
            WithQueue(queue_url) + ",\"AttributeNames\":[\"All\"]}"};
  call.attempts = kAttempts;
  call.quotes = false;
  impl_->Send<AttributeMap>(std::move(call), std::move(done), ParseAttributes);
}

void SqsClient::PurgeQueue(const std::string& queue_url, Done<Unit> done) {
  Call call{"PurgeQueue", queue_url, WithQueue(queue_url) + '}'};
  call.attempts = kAttempts;
  call.quotes = false;
  impl_->Send<Unit>(std::move(call), std::move(done), [](std::string_view) { return Ok(); });
}

void SqsClient::SendMessageBatch(const std::string& queue_url,
                                 const std::vector<SendEntry>& entries,
                                 Done<std::vector<Refused>> done) {
  Call call{"SendMessageBatch", queue_url,
            BatchBody(queue_url, entries, [](std::string& body, const SendEntry& entry) {
              AppendField(body, "MessageBody", entry.body);
            })};
  call.timeout = std::chrono::seconds(60);
  impl_->Send<std::vector<Refused>>(
      std::move(call), std::move(done),
      [n = entries.size()](std::string_view json) { return ParseBatch(json, n); });
}

void SqsClient::ReceiveMessage(const std::string& queue_url, const ReceiveOptions& options,
                               Done<std::vector<Received>> done) {
  Call call{"ReceiveMessage", queue_url, ReceiveBody(queue_url, options)};
  call.timeout = options.wait + std::chrono::seconds(10);
  impl_->Send<std::vector<Received>>(std::move(call), std::move(done), ParseReceive);
}

void SqsClient::DeleteMessageBatch(const std::string& queue_url,
                                   const std::vector<std::string>& receipts,
                                   Done<std::vector<Refused>> done) {
  Call call{"DeleteMessageBatch", queue_url,
            BatchBody(queue_url, receipts, [](std::string& body, const std::string& receipt) {
              AppendField(body, "ReceiptHandle", receipt);
            })};
  impl_->Send<std::vector<Refused>>(
      std::move(call), std::move(done),
      [n = receipts.size()](std::string_view json) { return ParseBatch(json, n); });
}

void SqsClient::ChangeMessageVisibilityBatch(const std::string& queue_url,
                                             const std::vector<VisibilityChange>& changes,
                                             Done<std::vector<Refused>> done) {
  Call call{"ChangeMessageVisibilityBatch", queue_url,
            BatchBody(queue_url, changes, [](std::string& body, const VisibilityChange& change) {
              AppendField(body, "ReceiptHandle", change.receipt);
              body += ",\"VisibilityTimeout\":" + std::to_string(change.visibility.count());
            })};
  impl_->Send<std::vector<Refused>>(
      std::move(call), std::move(done),
      [n = changes.size()](std::string_view json) { return ParseBatch(json, n); });
}

void SqsClient::After(std::chrono::milliseconds delay, std::function<void()> fn) {
  impl_->http().After(delay, std::move(fn));
}

Result<std::string> SqsClient::FindQueue(const std::string& name_or_url) {
  if (IsQueueUrl(name_or_url)) return name_or_url;
  return Await<std::string>([&](Done<std::string> done) { GetQueueUrl(name_or_url, done); });
}

}  // namespace bauta::aws

#include "aws/sqs_client.h"

#include <algorithm>
#include <array>
#include <atomic>
#include <cstdlib>
#include <utility>

#include "aws/credentials_keeper.h"
#include "aws/json_wire.h"
#include "aws/patience.h"
#include "aws/query_wire.h"
#include "aws/retry.h"
#include "aws/sigv4.h"
#include "aws/sqs_error.h"
#include "base/clock.h"
#include "base/log.h"
#include "http/client.h"

namespace bauta::aws {
namespace {

constexpr std::chrono::milliseconds kTimeout{15'000};
constexpr int kAttempts = 3;
constexpr const char* kAwayHint =
    "source.sqs.endpoint or AWS_ENDPOINT_URL_SQS names the endpoint; `bauta run --wait 60s` waits "
    "for it";

struct Call {
  SqsCall asked;
  std::string queue;  // For messages.
  std::chrono::milliseconds timeout = kTimeout;
  int attempts = 1;
  bool quotes = true;
  bool by_name = false;  // Of a start: that it works says nothing of the calls to come.
};

Call About(std::string_view operation, const std::string& queue_url) {
  Call call;
  call.asked.operation = operation;
  call.asked.members.push_back({"QueueUrl", queue_url});
  call.queue = QueueName(queue_url);
  return call;
}

// Looked up or made by name; what the server says of it quotes nothing secret.
Call ByName(std::string_view operation, const std::string& name) {
  Call call;
  call.asked.operation = operation;
  call.asked.members.push_back({"QueueName", name});
  call.queue = name;
  call.attempts = kAttempts;
  call.quotes = false;
  call.by_name = true;
  return call;
}

Result<std::string> ReadQueueUrl(const Wire& wire, std::string_view answer) {
  return wire.ReadQueueUrl(answer);
}

}  // namespace

class SqsClient::Impl {
 public:
  Impl(Endpoint endpoint, std::unique_ptr<CredentialsKeeper> keeper, http::Client::Options http)
      : endpoint_(std::move(endpoint)),
        keeper_(std::move(keeper)),
        host_(HostHeaderOfUrl(endpoint_.url)),
        url_(endpoint_.url + (PathOfUrl(endpoint_.url) == "/" ? "/" : "")),
        path_(PathOfUrl(url_)),
        signer_({}, endpoint_.region, "sqs"),
        http_(std::move(http)) {}
  ~Impl() { keeper_->Stop(); }  // It posts to http_.

  const Endpoint& endpoint() const { return endpoint_; }
  const CredentialsKeeper& keeper() const { return *keeper_; }
  http::Client& http() { return http_; }

  // Calls `read` on the wire and the body of a 200.
  template <class T, class Read>
  void Send(Call call, Done<T> done, Read read) {
    auto pending = std::make_shared<Pending<T, Read>>(
        Pending<T, Read>{std::move(call), std::move(done), read, Retry(quota_)});
    http_.Post([this, pending = std::move(pending)] { Try(pending); });
  }
  void SendBatch(Call call, Done<std::vector<Refused>> done) {
    const std::size_t entries = call.asked.entries.size();
    Send<std::vector<Refused>>(std::move(call), std::move(done),
                               [entries](const Wire& wire, std::string_view answer) {
                                 return wire.ReadBatch(answer, entries);
                               });
  }

 private:
  template <class T, class Read>
  struct Pending {
    Call call;
    Done<T> done;
    Read read;
    Retry retry;
    std::uint64_t credentials = 0;  // The version that signed it.
    bool renewed = false;           // Other credentials have been asked for.
    std::chrono::seconds skew{0};   // What its date was corrected by.
  };

  template <class T, class Read>
  void Try(std::shared_ptr<Pending<T, Read>> pending) {
    UseNewestCredentials();
    pending->credentials = credentials_;
    if (!keeper_->Usable(SystemClock().Now())) return TryRenewed(pending);
    const Wire& wire = *wire_;
    http::ClientRequest request;
    request.url = url_;
    request.timeout = pending->call.timeout;
    request.body = wire.Write(pending->call.asked);
    request.headers = Headers(wire, pending->call.asked.operation, request.body);
    pending->skew = skew_;
    http_.Send(std::move(request), [this, &wire, pending](Result<http::ClientResponse> response) {
      const bool switches = response.ok() && MustSwitch(wire, pending->call, *response);
      // What was answered was done: once is enough.
      if (switches && response->status != 200) return Try(pending);
      if (response.ok() && MustRenew(wire, pending->renewed, *response)) {
        return TryRenewed(pending);
      }
      Result<T> result =
          Understand<T>(switches ? QueryWire() : wire, *pending, std::move(response));
      Retry& retry = pending->retry;
      if (result.ok()) retry.Succeeded();
      const bool last = retry.failures() + 1 >= pending->call.attempts;
      if (result.ok() || last || result.error().code != ErrorCode::kRetryable) {
        return pending->done(std::move(result));
      }
      const std::chrono::milliseconds pause = retry.Failed(result.error());
      if (retry.spent()) return pending->done(std::move(result));
      http_.After(pause, [this, pending] { Try(pending); });
    });
  }

  void UseNewestCredentials() {
    if (keeper_->version() == credentials_) return;
    CredentialsKeeper::Current current = keeper_->current();
    credentials_ = current.version;
    signer_.Use(std::move(current.credentials));
  }

  // Once, if the credentials are refused and there may be others.
  bool MustRenew(const Wire& wire, bool& renewed, const http::ClientResponse& response) const {
    if (renewed || response.status < 400 || response.status >= 500) return false;
    if (!MayBeOldCredentials(wire.ReadFault(response.body, response.amzn_query_error).code)) {
      return false;
    }
    renewed = true;
    return keeper_->renewable();
  }

  // As soon as there are other credentials; if there are none, the call fails with the reason.
  template <class T, class Read>
  void TryRenewed(std::shared_ptr<Pending<T, Read>> pending) {
    keeper_->Renew(pending->credentials, [this, pending](Result<> renewed) {
      http_.Post([this, pending, renewed = std::move(renewed)] {
        if (renewed.ok()) return Try(pending);
        pending->done(patience_.Judge(pending->call.asked.operation, renewed.error()));
      });
    });
  }

  // True if the answer is in the other protocol, which is spoken from now on.
  bool MustSwitch(const Wire& wire, const Call& call, const http::ClientResponse& response) {
    if (&wire != &JsonWire()) return false;
    if (!KnowsQueryOnly(call.asked.operation, response.status, response.body)) return false;
    static std::atomic<bool> said = false;
    if (std::exchange(wire_, &QueryWire()) == &JsonWire() && !said.exchange(true)) {
      log::Info("aws", "this server does not know SQS's JSON protocol: using the query protocol",
                {{"endpoint", endpoint_.url}});
    }
    return true;
  }

  template <class T, class Read>
  Result<T> Understand(const Wire& wire, const Pending<T, Read>& pending,
                       Result<http::ClientResponse> response) {
    const std::string_view operation = pending.call.asked.operation;
    if (!response.ok()) {
      Error error = response.error();
      error.message = "SQS " + std::string(operation) + ": " + error.message;
      if (error.code == ErrorCode::kRetryable) error.hint = kAwayHint;
      return patience_.Judge(operation, std::move(error));
    }
    if (response->status != 200) return Failure(wire, pending.call, pending.skew, *response);
    Result<T> result = pending.read(wire, std::string_view(response->body));
    if (result.ok() && !pending.call.by_name) patience_.Succeeded(operation);
    if (result.ok()) return result;
    // Something stands between us and SQS, or it broke off: the next answer may be whole.
    return Retryable(result.error().message);
  }

  Error Failure(const Wire& wire, const Call& call, std::chrono::seconds skew,
                const http::ClientResponse& response) {
    const std::string_view operation = call.asked.operation;
    const Fault fault = wire.ReadFault(response.body, response.amzn_query_error);
    // The first that is refused corrects the clock for all that were on their way with it.
    if (MayBeClockSkew(fault.code) && (skew != skew_ || CorrectSkew(response.date))) {
      return Retryable("SQS " + std::string(operation) + ": " + fault.code +
                       "; our clock is off and is now corrected");
    }
    Error error = ToError(
        {operation, call.queue, endpoint_.region, endpoint_.url, call.quotes},
        {response.status, fault.code, fault.message, response.retry_after, response.location});
    const bool old = MayBeOldCredentials(fault.code);
    if (old) error.message += "; credentials: " + keeper_->source();
    // What SQS itself says by a code is final, unless there may be other credentials soon.
    const bool may_pass = fault.code.empty() || (old && keeper_->renewable());
    return may_pass ? patience_.Judge(operation, std::move(error)) : error;
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

  std::vector<std::string> Headers(const Wire& wire, std::string_view operation,
                                   const std::string& body) {
    const WallTime now = SystemClock().Now() + skew_;
    const auto second = std::chrono::floor<std::chrono::seconds>(now);
    if (second != date_second_) {
      date_second_ = second;
      date_ = AmzDate(now);
    }
    const std::string target = "AmazonSQS." + std::string(operation);
    const std::string& token = signer_.session_token();
    std::array<Header, 6> all = {Header{"content-type", wire.content_type()}, Header{"host", host_},
                                 Header{"x-amz-date", date_}};
    std::size_t n = 3;
    if (!token.empty()) all[n++] = {"x-amz-security-token", token};
    if (wire.has_target()) {
      all[n++] = {"x-amz-target", target};
      all[n++] = {"x-amzn-query-mode", "true"};
    }
    std::vector<std::string> headers;
    headers.reserve(8);
    headers.push_back("Authorization: " +
                      signer_.Authorization("POST", path_, std::span(all).first(n), body, date_));
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
  const std::unique_ptr<CredentialsKeeper> keeper_;
  const std::string host_, url_, path_;
  // The client's thread only:
  Signer signer_;
  std::uint64_t credentials_ = 0;  // The version that signer_ uses.
  std::chrono::seconds skew_{0};
  std::chrono::sys_seconds date_second_{};
  std::string date_;
  const Wire* wire_ = &JsonWire();
  RetryQuota quota_;
  Patience patience_;
  http::Client http_;  // Last: its thread uses the rest.
};

Result<std::unique_ptr<SqsClient>> SqsClient::Open(const Wishes& wishes,
                                                   const Environment& environment) {
  const Profiles profiles = Profiles::Load(environment);
  const Profile profile = profiles.Chosen();
  Endpoint endpoint = TRY(ResolveEndpoint(wishes, environment, profile));
  Provider provider = TRY(FindProvider(endpoint, environment, profiles));
  auto keeper = TRY(CredentialsKeeper::Open(std::move(provider), environment));
  http::Client::Options http;
  http.ca_file = CaFile(environment, profile);
  auto impl = std::make_unique<Impl>(std::move(endpoint), std::move(keeper), std::move(http));
  return std::unique_ptr<SqsClient>(new SqsClient(std::move(impl)));
}

SqsClient::SqsClient(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
SqsClient::~SqsClient() = default;

const Endpoint& SqsClient::endpoint() const { return impl_->endpoint(); }
const std::string& SqsClient::credentials_source() const { return impl_->keeper().source(); }

void SqsClient::CreateQueue(const std::string& name, const AttributeMap& attributes,
                            Done<std::string> done) {
  Call call = ByName("CreateQueue", name);
  call.asked.attributes = attributes;
  impl_->Send<std::string>(std::move(call), std::move(done), ReadQueueUrl);
}

void SqsClient::GetQueueUrl(const std::string& name, Done<std::string> done) {
  impl_->Send<std::string>(ByName("GetQueueUrl", name), std::move(done), ReadQueueUrl);
}

void SqsClient::GetQueueAttributes(const std::string& queue_url, Done<AttributeMap> done) {
  Call call = About("GetQueueAttributes", queue_url);
  call.asked.names = {{"AttributeNames", {"All"}}};
  call.attempts = kAttempts;
  call.quotes = false;
  impl_->Send<AttributeMap>(
      std::move(call), std::move(done),
      [](const Wire& wire, std::string_view answer) { return wire.ReadAttributes(answer); });
}

void SqsClient::PurgeQueue(const std::string& queue_url, Done<Unit> done) {
  Call call = About("PurgeQueue", queue_url);
  call.attempts = kAttempts;
  call.quotes = false;
  impl_->Send<Unit>(std::move(call), std::move(done),
                    [](const Wire&, std::string_view) { return Ok(); });
}

void SqsClient::ReceiveMessage(const std::string& queue_url, const ReceiveOptions& options,
                               Done<std::vector<Received>> done) {
  Call call = About("ReceiveMessage", queue_url);
  call.timeout = options.wait + std::chrono::seconds(10);
  std::vector<SqsCall::Member>& members = call.asked.members;
  members.push_back({"MaxNumberOfMessages", options.max});
  members.push_back({"WaitTimeSeconds", options.wait.count()});
  if (options.visibility) members.push_back({"VisibilityTimeout", options.visibility->count()});
  if (!options.attempt_id.empty()) {
    members.push_back({"ReceiveRequestAttemptId", options.attempt_id});
  }
  std::vector<std::string> system = {"SentTimestamp", "ApproximateReceiveCount"};
  system.insert(system.end(), options.system_attributes.begin(), options.system_attributes.end());
  // The first name is what servers of before 2024 know, the second what replaced it.
  for (const char* name : {"AttributeNames", "MessageSystemAttributeNames"}) {
    call.asked.names.push_back({name, system});
  }
  call.asked.names.push_back({"MessageAttributeNames", {"All"}});
  impl_->Send<std::vector<Received>>(
      std::move(call), std::move(done),
      [](const Wire& wire, std::string_view answer) { return wire.ReadReceive(answer); });
}

void SqsClient::SendMessageBatch(const std::string& queue_url,
                                 const std::vector<SendEntry>& entries,
                                 Done<std::vector<Refused>> done) {
  Call call = About("SendMessageBatch", queue_url);
  call.timeout = std::chrono::seconds(60);
  for (const SendEntry& entry : entries) {
    call.asked.entries.push_back({{"MessageBody", entry.body}});
  }
  impl_->SendBatch(std::move(call), std::move(done));
}

void SqsClient::DeleteMessageBatch(const std::string& queue_url,
                                   const std::vector<std::string>& receipts,
                                   Done<std::vector<Refused>> done) {
  Call call = About("DeleteMessageBatch", queue_url);
  for (const std::string& receipt : receipts) {
    call.asked.entries.push_back({{"ReceiptHandle", receipt}});
  }
  impl_->SendBatch(std::move(call), std::move(done));
}

void SqsClient::ChangeMessageVisibilityBatch(const std::string& queue_url,
                                             const std::vector<VisibilityChange>& changes,
                                             Done<std::vector<Refused>> done) {
  Call call = About("ChangeMessageVisibilityBatch", queue_url);
  // A heartbeat that hangs must leave time for others.
  std::chrono::seconds longest{0};
  for (const VisibilityChange& change : changes) longest = std::max(longest, change.visibility);
  if (longest.count() > 0) {
    call.timeout = std::clamp<std::chrono::milliseconds>(std::chrono::milliseconds(longest) / 4,
                                                         std::chrono::seconds(1), kTimeout);
  }
  for (const VisibilityChange& change : changes) {
    call.asked.entries.push_back(
        {{"ReceiptHandle", change.receipt}, {"VisibilityTimeout", change.visibility.count()}});
  }
  impl_->SendBatch(std::move(call), std::move(done));
}

void SqsClient::After(std::chrono::milliseconds delay, std::function<void()> fn) {
  impl_->http().After(delay, std::move(fn));
}

Result<std::string> SqsClient::FindQueue(const std::string& name_or_url) {
  if (IsQueueUrl(name_or_url)) return name_or_url;
  return Await<std::string>([&](Done<std::string> done) { GetQueueUrl(name_or_url, done); });
}

}  // namespace bauta::aws

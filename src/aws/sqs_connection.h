// Gets a call of SQS answered: signed with the newest keys, in the protocol that the server knows,
// tried again where that is of use.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "aws/credentials_keeper.h"
#include "aws/endpoint.h"
#include "aws/json_wire.h"
#include "aws/patience.h"
#include "aws/query_wire.h"
#include "aws/retry.h"
#include "aws/sqs_queue.h"
#include "aws/sqs_signer.h"
#include "aws/sqs_wire.h"
#include "base/clock.h"
#include "http/client.h"

namespace bauta::aws {

struct Call {
  static constexpr std::chrono::milliseconds kTimeout{15'000};

  SqsCall asked;
  std::string queue;  // For messages.
  std::chrono::milliseconds timeout = kTimeout;
  int attempts = 1;
  bool quotes = true;    // What the server says of it may quote what we sent.
  bool by_name = false;  // Of a start: that it works says nothing of the calls to come.
};

// Send and SendBatch may be called from any thread; what they are given is called on the client's
// own.  Errors are SqsClient's.
class SqsConnection {
 public:
  SqsConnection(Endpoint endpoint, std::unique_ptr<CredentialsKeeper> keeper, http::Client http);
  ~SqsConnection();  // Callbacks that are outstanding are dropped uncalled.

  const Endpoint& endpoint() const { return endpoint_; }
  const CredentialsKeeper& keeper() const { return *keeper_; }
  http::Client& http() { return http_; }

  // Calls `read` on the wire and the body of a 200.
  template <class T, class Read>
  void Send(Call call, Done<T> done, Read read) {
    auto pending = std::make_shared<Pending<T, Read>>(
        Pending<T, Read>{{std::move(call), Retry(quota_)}, std::move(done), read});
    http_.Post([this, pending = std::move(pending)] { Try(pending); });
  }
  void SendBatch(Call call, Done<std::vector<Refused>> done);

 private:
  struct Attempts {
    Call call;
    Retry retry;
    std::uint64_t credentials = 0;  // The version that signed it.
    bool renewed = false;           // Other credentials have been asked for.
    std::chrono::seconds skew{0};   // What its date was corrected by.
  };
  template <class T, class Read>
  struct Pending : Attempts {
    Done<T> done;
    Read read;
  };

  template <class T, class Read>
  void Try(std::shared_ptr<Pending<T, Read>> pending) {
    UseNewestCredentials();
    pending->credentials = credentials_;
    if (!keeper_->Usable(SystemClock().Now())) return TryRenewed(pending);
    const Wire& wire = *wire_;
    http_.Send(Signed(*pending), [this, &wire, pending](Result<http::ClientResponse> response) {
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

  template <class T, class Read>
  Result<T> Understand(const Wire& wire, const Pending<T, Read>& pending,
                       Result<http::ClientResponse> response) {
    if (!response.ok()) return NoAnswer(pending.call, response.error());
    if (response->status != 200) return Failure(wire, pending, *response);
    Result<T> result = pending.read(wire, std::string_view(response->body));
    // Something stands between us and SQS, or it broke off: the next answer may be whole.
    if (!result.ok()) return Retryable(result.error().message);
    if (!pending.call.by_name) patience_.Succeeded(pending.call.asked.operation);
    return result;
  }

  http::ClientRequest Signed(Attempts& attempts);
  void UseNewestCredentials();
  bool MustRenew(const Wire& wire, bool& renewed, const http::ClientResponse& response) const;
  bool MustSwitch(const Wire& wire, const Call& call, const http::ClientResponse& response);
  Error NoAnswer(const Call& call, Error error);
  Error Failure(const Wire& wire, const Attempts& attempts, const http::ClientResponse& response);
  bool ClockIsCorrected(std::chrono::seconds skew, const std::string& date);

  const Endpoint endpoint_;
  const std::unique_ptr<CredentialsKeeper> keeper_;
  // The client's thread only:
  SqsSigner signer_;
  std::uint64_t credentials_ = 0;  // The version that signer_ uses.
  const Wire* wire_ = &JsonWire();
  RetryQuota quota_;
  Patience patience_;
  http::Client http_;  // Last: its thread uses the rest.
};

}  // namespace bauta::aws

#include "aws/credentials_keeper.h"

#include <algorithm>
#include <limits>
#include <utility>

#include "aws/retry.h"
#include "base/jitter.h"

namespace bauta::aws {
namespace {

using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;

constexpr minutes kAhead{15};
constexpr milliseconds kSoonest{500};
constexpr std::int64_t kForEver = std::numeric_limits<std::int64_t>::max();
// The wall clock may jump: so often it is looked at again.
constexpr seconds kLongestSleep{30};

milliseconds Extension() { return kAhead + Jitter(minutes(2), minutes(10)); }

bool Same(const Credentials& a, const Credentials& b) {
  return a.access_key_id == b.access_key_id && a.secret_access_key == b.secret_access_key &&
         a.session_token == b.session_token;
}

}  // namespace

WallTime RenewalTime(WallTime now, WallTime expires) {
  const milliseconds left = expires - now;
  return now + std::max<milliseconds>(left - std::min<milliseconds>(kAhead, left / 2), kSoonest);
}

CredentialsKeeper::CredentialsKeeper(Provider provider, Environment environment, const Clock& clock)
    : provider_(std::move(provider)),
      clock_(clock),
      outside_(std::move(environment), clock),
      usable_until_(kForEver) {}

Result<std::unique_ptr<CredentialsKeeper>> CredentialsKeeper::Open(Provider provider,
                                                                   Environment environment,
                                                                   const Clock& clock) {
  std::unique_ptr<CredentialsKeeper> keeper(
      new CredentialsKeeper(std::move(provider), std::move(environment), clock));
  Result<Credentials> first = keeper->Fetch();
  if (!first.ok()) {
    Error error = first.error();
    if (keeper->provider_.last_resort && error.code == ErrorCode::kRetryable) {
      error.code = ErrorCode::kConfig;
      error.message =
          "no AWS credentials: none in the environment or the shared files; " + error.message;
    }
    return error;
  }
  keeper->Take(std::move(first).value(), clock.Now());
  if (!keeper->provider_.constant) {
    keeper->thread_ =
        std::jthread([k = keeper.get()](const std::stop_token& stop) { k->Run(stop); });
  }
  log::Debug("aws", "signing requests", {{"credentials", keeper->source()}});
  return keeper;
}

CredentialsKeeper::~CredentialsKeeper() { Stop(); }

void CredentialsKeeper::Stop() {
  outside_.Stop();
  thread_.request_stop();
  if (thread_.joinable()) thread_.join();
}

CredentialsKeeper::Current CredentialsKeeper::current() const {
  const std::lock_guard lock(mutex_);
  return current_;
}

void CredentialsKeeper::Renew(std::uint64_t version, Done done) {
  std::optional<Result<>> at_once;
  {
    const std::lock_guard lock(mutex_);
    if (version != current_.version || provider_.constant) {
      at_once = Ok();
    } else if (failure_ && next_ && clock_.Now() < *next_) {
      at_once = *failure_;  // It has just been asked, and will be again.
    } else {
      wanted_ = true;
      waiting_.push_back(done);  // Not moved: it is called below in the other cases.
    }
  }
  if (at_once) return done(*std::move(at_once));
  wake_.notify_all();
}

void CredentialsKeeper::Run(const std::stop_token& stop) {
  std::unique_lock lock(mutex_);
  while (!stop.stop_requested()) {
    const WallTime now = clock_.Now();
    if (!wanted_ && (!next_ || now < *next_)) {
      const milliseconds sleep =
          next_ ? std::min<milliseconds>(*next_ - now, kLongestSleep) : milliseconds(kLongestSleep);
      wake_.wait_for(lock, stop, sleep, [&] { return wanted_; });
      continue;
    }
    lock.unlock();
    Result<Credentials> got = Fetch();
    if (stop.stop_requested()) return;
    Conclude(std::move(got));
    lock.lock();
  }
}

// What has expired before it came is a failure, but for what may be stale; what expires before it
// could be asked for again is another: whoever wants to sign would ask at once, and again.
Result<Credentials> CredentialsKeeper::Fetch() {
  Credentials got = TRY(provider_.fetch(outside_));
  const bool useless = got.expires && *got.expires <= clock_.Now() + kSoonest;
  if (!useless || provider_.may_be_stale) return got;
  return Retryable(
      "AWS credentials: what came from " + source() + " has expired or is about to expire",
      "is this machine's clock right?");
}

void CredentialsKeeper::Conclude(Result<Credentials> got) {
  const WallTime now = clock_.Now();
  std::vector<Done> waiting;
  {
    const std::lock_guard lock(mutex_);
    wanted_ = false;
    waiting.swap(waiting_);
    if (got.ok()) {
      if (failures_ > 0) log::Info("aws", "credentials renewed", {{"credentials", source()}});
      Take(got.value(), now);
    } else {
      Complain(got.error(), now);
    }
  }
  for (const Done& done : waiting) {
    done(got.ok() ? Ok() : Result<>(got.error()));
  }
}

// With mutex_ held, or before other threads are.
void CredentialsKeeper::Take(Credentials credentials, WallTime now) {
  failure_.reset();
  failures_ = 0;
  next_.reset();
  std::int64_t until = kForEver;
  if (credentials.expires) {
    const bool expired = *credentials.expires <= now;  // AWS is in trouble, and means us to go on.
    next_ = expired ? now + Extension() : RenewalTime(now, *credentials.expires);
    if (!provider_.may_be_stale) until = ToEpochMillis(*credentials.expires);
  }
  if (!Same(credentials, current_.credentials) || current_.version == 0) ++current_.version;
  current_.credentials = std::move(credentials);
  usable_until_ = until;
  version_.store(current_.version, std::memory_order_release);
}

void CredentialsKeeper::Complain(const Error& error, WallTime now) {
  failure_ = error;
  next_ = now + kSoonest + Backoff(failures_++, seconds(1), seconds(30));
  const std::int64_t left = usable_until_.load() - ToEpochMillis(now);
  log::Warn("aws",
            left > 0 ? "credentials could not be renewed yet" : "credentials could not be renewed",
            {{"credentials", source()}, {"reason", error.message}});
}

}  // namespace bauta::aws

#include "cli/live_ring.h"

#include <condition_variable>
#include <utility>

#include "base/log.h"
#include "cli/blame.h"
#include "cli/signals.h"
#include "cli/vault_wiring.h"
#include "cli/wiring.h"
#include "schema/grants.h"

namespace bauta::cli {
namespace {

class FollowingMapper : public Mapper {
 public:
  FollowingMapper(const LiveRing& ring, MapperMaker make, std::unique_ptr<Mapper> mapper)
      : live_(ring), make_(std::move(make)), seen_(ring.generation()) {
    made_.push_back({ring.Get(), std::move(mapper)});
  }

  std::string BeginBatch() override {
    if (const std::uint64_t now = live_.generation(); now != seen_) Renew(now);
    return made_.back().ring->primary().kid;
  }
  void Map(Message& message, Batch& batch) override { made_.back().mapper->Map(message, batch); }

 private:
  struct Made {
    std::shared_ptr<const keys::KeyRing> ring;
    std::unique_ptr<Mapper> mapper;
  };

  void Renew(std::uint64_t now) {
    std::shared_ptr<const keys::KeyRing> ring = live_.Get();
    Result<std::unique_ptr<Mapper>> mapper = make_(*ring);
    if (mapper.ok()) {
      seen_ = now;
      made_.push_back({std::move(ring), std::move(mapper).value()});
    } else if (live_.IsNews(mapper.error().message)) {
      log::Error(
          "run",
          "the new key ring makes no mapper, the one before goes on until its key is retired: " +
              mapper.error().message);
    }
  }

  const LiveRing& live_;
  const MapperMaker make_;
  std::uint64_t seen_;
  std::vector<Made> made_;  // All of them: batches under way look into those that made them.
};

struct Notes {
  std::mutex mutex;  // Guards both.
  std::uint64_t generation = 0;
  std::shared_ptr<const IdentityNotes> notes;
};

// The recipients that the run seals for are those that they were.
Result<> CheckRecipients(const config::Config& config, const keys::KeyRing& old,
                         const keys::KeyRing& ring, Blame& blame) {
  const keys::Recipient was = TRY(QuarantineRecipient(config, old, blame));
  const keys::Recipient is = TRY(QuarantineRecipient(config, ring, blame));
  bool same = was.pk == is.pk;
  if (HasVault(config)) {
    const keys::Recipient vault_was = TRY(VaultRecipient(config, old, blame));
    const keys::Recipient vault_is = TRY(VaultRecipient(config, ring, blame));
    same = same && vault_was.pk == vault_is.pk;
  }
  return same ? Ok() : Result<>(ConfigError("a recipient's public key is another one"));
}

Result<keys::KeyRing> ReadAgain(const config::Config& config, const LiveRing& live,
                                schema::NewTokens new_tokens) {
  Blame blame;
  keys::KeyRing ring = TRY(LoadKeyRing(config, blame));
  TRY(CheckRecipients(config, *live.Get(), ring, blame));
  pg::Connection connection = TRY(Connect(config, blame));
  TRY(CompareRegistry(connection, MakeRegistry(config, ring), new_tokens, blame));
  if (IsRotating(config, ring)) TRY(schema::CheckVault(connection));
  return ring;
}

// One at a time, the latest last: a SIGHUP that comes meanwhile is not lost.
void Read(const config::Config& config, LiveRing& live, schema::NewTokens new_tokens) {
  Result<keys::KeyRing> ring = ReadAgain(config, live, new_tokens);
  if (!ring.ok()) {
    log::Error("run", "SIGHUP: the key ring is not taken, the run goes on with the one it has: " +
                          ring.error().message);
    return;
  }
  const std::string primary = ring->primary().kid;
  const auto keys = static_cast<std::uint64_t>(ring->keys().size());
  // Each mapper holds locked memory until the run ends: no new ones for nothing.
  if (!ring->IsSameAs(*live.Get())) live.Set(std::move(ring).value());
  log::Info("run", "SIGHUP: the key ring was read again", {{"primary", primary}, {"keys", keys}});
}

}  // namespace

std::shared_ptr<const keys::KeyRing> LiveRing::Get() const {
  const std::lock_guard lock(mutex_);
  return ring_;
}

void LiveRing::Set(keys::KeyRing ring) {
  auto made = std::make_shared<const keys::KeyRing>(std::move(ring));
  {
    const std::lock_guard lock(mutex_);
    ring_ = std::move(made);
    failures_.clear();
  }
  ++generation_;
}

bool LiveRing::IsNews(const std::string& failure) const {
  const std::lock_guard lock(mutex_);
  return failures_.insert(failure).second;
}

std::unique_ptr<Mapper> FollowRing(const LiveRing& ring, MapperMaker make,
                                   std::unique_ptr<Mapper> mapper) {
  return std::make_unique<FollowingMapper>(ring, std::move(make), std::move(mapper));
}

Result<std::function<std::optional<sources::FirstIdentity>(std::string_view note,
                                                           const sources::Noted& message)>>
ReadNotes(const config::Config& config, const LiveRing& ring) {
  using Read = std::function<std::optional<sources::FirstIdentity>(std::string_view note,
                                                                   const sources::Noted& message)>;
  auto notes = std::make_shared<Notes>();
  notes->generation = ring.generation();
  notes->notes =
      std::make_shared<const IdentityNotes>(TRY(IdentityNotes::Make(*ring.Get(), config.pipeline)));
  return Read([notes, &config, &ring](std::string_view note, const sources::Noted& message) {
    std::shared_ptr<const IdentityNotes> now;
    {
      const std::lock_guard lock(notes->mutex);
      if (const std::uint64_t generation = ring.generation(); notes->generation != generation) {
        Result<IdentityNotes> made = IdentityNotes::Make(*ring.Get(), config.pipeline);
        if (made.ok()) {
          notes->generation = generation;
          notes->notes = std::make_shared<const IdentityNotes>(std::move(made).value());
        } else if (ring.IsNews(made.error().message)) {
          log::Error("run", "the new key ring reads no redrive notes, the one before goes on: " +
                                made.error().message);
        }
      }
      now = notes->notes;
    }
    return now->Read(note, message);
  });
}

RingReader::RingReader(const config::Config& config, LiveRing& ring, schema::NewTokens new_tokens)
    : thread_([&config, &ring, new_tokens](const std::stop_token& stop) {
        std::mutex mutex;
        std::condition_variable_any waiting;
        bool asked = false;  // Under the mutex.
        OnHangup([&] {
          const std::lock_guard lock(mutex);
          asked = true;
          waiting.notify_all();
        });
        std::unique_lock lock(mutex);
        while (waiting.wait(lock, stop, [&] { return asked; })) {
          asked = false;
          lock.unlock();
          Read(config, ring, new_tokens);
          lock.lock();
        }
        lock.unlock();
        OnHangup({});
      }) {}

RingReader::~RingReader() = default;

}  // namespace bauta::cli

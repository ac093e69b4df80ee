#include "sinks/event_keys.h"

#include <algorithm>
#include <cstring>
#include <numeric>
#include <optional>
#include <string>
#include <utility>

namespace bauta::sinks {
namespace {

constexpr const char* kInsert =
    "INSERT INTO bauta.event_key (key, pipeline, body_tag) "
    "SELECT k, $3, t FROM unnest($1, $2) AS u(k, t) ORDER BY k ON CONFLICT DO NOTHING RETURNING "
    "key";
constexpr const char* kSelect =
    "SELECT key, body_tag FROM bauta.event_key WHERE pipeline = $2 AND key = ANY ($1)";

std::string Bytes(const std::array<std::uint8_t, 16>& tag) { return {tag.begin(), tag.end()}; }

Result<Uuid> KeyIn(const pg::Rows& rows, int row) {
  const std::optional<Uuid> key = ParseUuid(rows.Text(row, 0));
  if (!key) return Fatal("PostgreSQL returned an event key that is no UUID");
  return *key;
}

// A tag of another length is nobody's.
Result<std::vector<EventKey>> ReadKeys(const pg::Rows& rows) {
  std::vector<EventKey> keys;
  for (int i = 0; i < rows.size(); ++i) {
    EventKey& key = keys.emplace_back(EventKey{TRY(KeyIn(rows, i)), {}});
    const std::string tag = rows.Bytes(i, 1);
    if (tag.size() == key.body_tag.size()) std::memcpy(key.body_tag.data(), tag.data(), tag.size());
  }
  std::sort(keys.begin(), keys.end());
  return keys;
}

bool ComesBefore(const EventKey& a, const EventKey& b) { return a.key < b.key; }

// Null if it is not among `keys`, which are sorted.
const EventKey* Find(std::span<const EventKey> keys, const EventKey& wanted) {
  const auto at = std::lower_bound(keys.begin(), keys.end(), wanted, ComesBefore);
  return at != keys.end() && at->key == wanted.key ? &*at : nullptr;
}

std::vector<const EventKey*> KeysOf(const Batch& batch, std::span<const std::uint32_t> events) {
  std::vector<const EventKey*> keys(batch.events.size(), nullptr);
  for (const std::uint32_t i : events) {
    const Event& event = batch.events[i];
    if (event.row && event.key) keys[i] = &*event.key;
  }
  return keys;
}

}  // namespace

KeyClaims::KeyClaims(std::vector<const EventKey*> keys) : keys_(std::move(keys)) {
  for (std::uint32_t i = 0; i < keys_.size(); ++i) {
    if (keys_[i] != nullptr) by_key_.push_back(i);
  }
  std::sort(by_key_.begin(), by_key_.end(), [this](std::uint32_t a, std::uint32_t b) {
    const auto order = keys_[a]->key <=> keys_[b]->key;
    return order == 0 ? a < b : order < 0;
  });
}

KeyClaims::KeyClaims(const Batch& batch, std::span<const std::uint32_t> events)
    : KeyClaims(KeysOf(batch, events)) {}

std::vector<EventKey> KeyClaims::Firsts() const {
  std::vector<EventKey> firsts;
  for (const std::uint32_t i : by_key_) {
    if (firsts.empty() || firsts.back().key != keys_[i]->key) firsts.push_back(*keys_[i]);
  }
  return firsts;
}

SecondComers KeyClaims::Settle(std::span<const EventKey> known) const {
  SecondComers second;
  const EventKey* holder = nullptr;
  bool for_good = false;
  for (const std::uint32_t i : by_key_) {
    const EventKey& mine = *keys_[i];
    if (holder == nullptr || holder->key != mine.key) {
      holder = Find(known, mine);
      for_good = holder != nullptr;
      if (holder == nullptr) {
        holder = &mine;
        continue;
      }
    }
    const bool same = holder->body_tag == mine.body_tag;
    (same ? second.duplicates : second.reused).push_back(i);
    if (!same && for_good) second.reused_for_good.push_back(i);
  }
  std::sort(second.duplicates.begin(), second.duplicates.end());
  std::sort(second.reused.begin(), second.reused.end());
  std::sort(second.reused_for_good.begin(), second.reused_for_good.end());
  return second;
}

Result<std::vector<EventKey>> WriteKeys(pg::Connection& connection,
                                        std::span<const EventKey> wanted,
                                        std::int16_t pipeline_id) {
  std::vector<Uuid> keys;
  std::vector<std::string> tags;
  for (const EventKey& key : wanted) {
    keys.push_back(key.key);
    tags.push_back(Bytes(key.body_tag));
  }
  const pg::Rows written =
      TRY(connection.Exec(kInsert, pg::Params().Uuids(keys).BytesArray(tags).Int16(pipeline_id)));
  const std::size_t before = keys.size() - static_cast<std::size_t>(written.size());
  if (before == 0) return std::vector<EventKey>();
  std::vector<Uuid> ours;
  for (int i = 0; i < written.size(); ++i) ours.push_back(TRY(KeyIn(written, i)));
  std::sort(ours.begin(), ours.end());
  std::erase_if(keys,
                [&](const Uuid& key) { return std::binary_search(ours.begin(), ours.end(), key); });
  const pg::Rows read = TRY(connection.Exec(kSelect, pg::Params().Uuids(keys).Int16(pipeline_id)));
  std::vector<EventKey> known = TRY(ReadKeys(read));
  if (known.size() != before) return Retryable("an event key expired while it was looked at");
  return known;
}

}  // namespace bauta::sinks

// What was received: who it was first, and whether it is ours to hold.
#include <string>
#include <unordered_set>
#include <utility>

#include "base/log.h"
#include "crypto/digest.h"
#include "sources/sqs_source.h"

namespace bauta::sources {
namespace {

using std::chrono::seconds;

LedgerKey KeyOf(const aws::Received& message) {
  return {message.sent_ms, crypto::LedgerId(message.id)};
}

}  // namespace

// Who they were first.
std::vector<SqsSource::Arrival> SqsSource::Recognise(std::vector<aws::Received> messages) {
  std::vector<Arrival> arrivals;
  for (aws::Received& message : messages) {
    if (!options_.fifo) message.group.clear();
    const Uuid copy = crypto::LedgerId(message.id);
    if (RestoreIdentity(message, options_.verify) == IdentityNote::kFalse) {
      if (const auto held_back = identity_log_.Pass()) {
        log::Warn("source",
                  "a note of a redrive is not genuine: the message keeps its own identity",
                  {{"message_id", message.id}, {"held_back", *held_back}});
      }
    }
    arrivals.push_back({std::move(message), copy});
  }
  return arrivals;
}

void SqsSource::AcceptAll(std::vector<Arrival> arrivals) {
  std::unordered_set<std::string> left;  // Groups.
  for (Arrival& arrival : arrivals) {
    const aws::Received& message = arrival.message;
    ++arrivals_;
    empty_counts_ = 0;
    if (left.contains(message.group)) continue;
    if (!LeftInQueue(message)) {
      Accept(std::move(arrival));
    } else if (!message.group.empty()) {
      left.insert(message.group);
    }
  }
}

bool SqsSource::LeftInQueue(const aws::Received& message) {
  const bool nul_in_id = message.id.find('\0') != std::string::npos;
  if (message.intact && !nul_in_id) return false;
  if (const auto held_back = damage_log_.Pass()) {
    log::Warn("source",
              nul_in_id ? "a message has a NUL in its id; left in the queue"
                        : "a body came damaged; left in the queue",
              {{"message_id", message.id}, {"held_back", *held_back}});
  }
  return true;
}

void SqsSource::Accept(Arrival arrival) {
  aws::Received& message = arrival.message;
  const LedgerKey key = KeyOf(message);
  const auto [at, is_new] = held_.try_emplace(key);
  Held& held = at->second;
  if (is_new) held.copy = arrival.copy;
  if (held.copy != arrival.copy) return GiveBackCopy(message);
  held.receipt = message.receipt;
  held.received = clock_.SteadyNow();
  held.expires = held.received + visibility_;
  held.lost = false;
  held.refusals = 0;
  if (!is_new) return;
  ++received_;
  held.bytes = message.body.size() + message.attributes.size();
  held_bytes_ += held.bytes;
  usual_bytes_ = (usual_bytes_ * 15 + held.bytes) / 16;
  if (stopping_) {
    ++released_;
    return GiveBack(key, seconds(0));
  }
  buffer_.Put({key, std::move(message.id), std::move(message.receipt),
               std::move(message.attributes), std::move(message.body), message.receive_count,
               std::move(message.group), std::move(message.system)});
}

}  // namespace bauta::sources

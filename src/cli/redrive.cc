#include "cli/redrive.h"

#include <algorithm>
#include <iterator>
#include <thread>

#include "crypto/digest.h"

namespace bauta::cli {
namespace {

constexpr std::size_t kEntries = 10;
constexpr std::size_t kBytes = 256 * 1024;  // Servers of before August 2025 take no more.
constexpr int kAttempts = 6;

// Calls `each` with at most ten at a time, as long as it succeeds.
template <class T, class Each>
Result<> InTens(const std::vector<T>& all, Each each) {
  for (std::size_t from = 0; from < all.size(); from += kEntries) {
    const std::size_t end = std::min(from + kEntries, all.size());
    TRY(each(std::vector<T>(all.begin() + static_cast<std::ptrdiff_t>(from),
                            all.begin() + static_cast<std::ptrdiff_t>(end))));
  }
  return Ok();
}

}  // namespace

// How many messages a worker may receive and move, as long as this lives.
class Redrive::Share {
 public:
  // While others have all there is, waits for what they leave.  None: enough has been moved, or
  // somebody gave up.
  explicit Share(Redrive& redrive) : redrive_(redrive) {
    std::unique_lock lock(redrive_.mutex_);
    redrive_.shared_.wait(
        lock, [&] { return redrive_.broken_ || redrive_.Free() > 0 || redrive_.in_hand_ == 0; });
    if (redrive_.broken_) return;
    size_ = static_cast<std::size_t>(std::min<std::uint64_t>(kEntries, redrive_.Free()));
    redrive_.in_hand_ += size_;
  }
  ~Share() { ShrinkTo(0); }
  Share(const Share&) = delete;
  Share& operator=(const Share&) = delete;

  std::size_t size() const { return size_; }
  void ShrinkTo(std::size_t size) {
    const std::lock_guard lock(redrive_.mutex_);
    redrive_.in_hand_ -= size_ - size;
    size_ = size;
    redrive_.shared_.notify_all();
  }

 private:
  Redrive& redrive_;
  std::size_t size_ = 0;
};

Result<> Redrive::Run(const std::stop_token& stop) {
  {
    const std::size_t workers = options_.fifo ? 1 : options_.workers;
    std::vector<std::jthread> threads;
    for (std::size_t i = 0; i < workers; ++i) threads.emplace_back([&] { Work(stop); });
  }
  GiveBack();
  const std::lock_guard lock(mutex_);
  if (broken_) return *broken_;
  return Ok();
}

Redrive::Counts Redrive::counts() const {
  const std::lock_guard lock(mutex_);
  Counts counts = counts_;
  counts.undeleted = undeleted_.size();
  return counts;
}

std::string Redrive::last_refusal() const {
  const std::lock_guard lock(mutex_);
  return last_refusal_;
}

void Redrive::Work(const std::stop_token& stop) {
  while (!stop.stop_requested()) {
    const Result<bool> more = MoveSome(stop);
    if (more.ok() && *more) continue;
    if (more.ok()) return;
    const std::lock_guard lock(mutex_);
    if (!broken_) broken_ = more.error();
    shared_.notify_all();
    return;
  }
}

// False when nothing came that has not been looked at, or enough has been moved.
Result<bool> Redrive::MoveSome(const std::stop_token& stop) {
  Share share(*this);
  if (share.size() == 0 || stop.stop_requested()) return false;
  std::vector<aws::Received> messages = TRY(ends_.Receive(static_cast<int>(share.size())));
  if (messages.empty()) return false;
  const std::size_t received = messages.size();
  Sorted sorted = Sort(std::move(messages));
  share.ShrinkTo(sorted.letters.size());
  Result<> sent = Ok();
  std::vector<Done> done = std::move(sorted.again);
  while (sent.ok() && !sorted.letters.empty()) {
    sent = Send(NextWave(sorted.letters), done);
  }
  for (const DeadLetter& letter : sorted.letters) Leave(letter, sent.error().message);
  TRY(Delete(std::move(done)));
  TRY(sent);
  return MayGoOn(sorted, received);
}

Redrive::Sorted Redrive::Sort(std::vector<aws::Received> messages) {
  Sorted sorted;
  for (aws::Received& message : messages) SortOne(std::move(message), sorted);
  return sorted;
}

void Redrive::SortOne(aws::Received message, Sorted& sorted) {
  const Uuid id = crypto::LedgerId(message.id);
  const std::string receipt = message.receipt;
  const std::string group = options_.fifo ? message.group : "";
  Result<DeadLetter> letter = MakeDeadLetter(std::move(message), notes_, options_.fifo);
  const std::lock_guard lock(mutex_);
  if (!letter.ok()) {
    last_refusal_ = letter.error().message;
    sorted.news |= Keep(id, receipt, group, &Counts::failed);
    return;
  }
  if (blocked_.contains(group)) {
    sorted.news |= Keep(id, receipt, group, &Counts::failed);
    return;
  }
  const auto [seen, is_new] = seen_.try_emplace(letter->first, Seen{id});
  if (is_new) {
    sorted.letters.push_back(*std::move(letter));
    sorted.news = true;
  } else if (seen->second.id != id) {
    sorted.news |= Keep(id, receipt, group, &Counts::returned);
  } else if (seen->second.moved) {
    sorted.again.push_back({id, receipt});
    undeleted_.insert(id);
    sorted.news |= came_again_.insert(id).second;
  } else {
    // Else another worker has had it for longer than its visibility.
    (left_.contains(id) ? left_ : newer_).insert_or_assign(id, receipt);
  }
}

// What is left is visible again after a while: once all of it has come by without any news, there
// is none.
bool Redrive::MayGoOn(const Sorted& sorted, std::size_t received) {
  const std::lock_guard lock(mutex_);
  stale_ = sorted.news ? 0 : stale_ + received;
  return sorted.news || stale_ < left_.size() + came_again_.size();
}

// What one call may send, taken out of `letters`: of a group one, which those behind it wait for.
Redrive::Letters Redrive::NextWave(Letters& letters) {
  Letters wave, rest;
  std::set<std::string> groups;
  std::size_t bytes = 0;
  for (DeadLetter& letter : letters) {
    {
      const std::lock_guard lock(mutex_);
      if (blocked_.contains(letter.group)) {
        Keep(letter.id, letter.receipt, letter.group, &Counts::failed);
        continue;
      }
    }
    const bool fits =
        wave.empty() || (wave.size() < kEntries && bytes + BytesOf(letter.copy) <= kBytes);
    const bool first = letter.group.empty() || groups.insert(letter.group).second;
    if (fits && first) bytes += BytesOf(letter.copy);
    (fits && first ? wave : rest).push_back(std::move(letter));
  }
  letters = std::move(rest);
  return wave;
}

// Adds those that were taken.
Result<> Redrive::Send(Letters letters, std::vector<Done>& taken) {
  for (int attempt = 0; !letters.empty(); ++attempt) {
    if (attempt > 0) ends_.Rest(attempt - 1);
    std::vector<aws::SendEntry> entries;
    for (const DeadLetter& letter : letters) entries.push_back(letter.copy);
    const Result<RedriveEnds::Refusals> refused = ends_.Send(entries);
    if (refused.ok()) {
      letters = Settle(std::move(letters), *refused, attempt + 1 < kAttempts, taken);
      continue;
    }
    const bool one_is_to_blame = refused.error().code == ErrorCode::kRejected;
    if (one_is_to_blame && letters.size() > 1) return SendSingly(std::move(letters), taken);
    for (const DeadLetter& letter : letters) Leave(letter, refused.error().message);
    return one_is_to_blame ? Ok() : Result<>(refused.error());
  }
  return Ok();
}

Result<> Redrive::SendSingly(Letters letters, std::vector<Done>& taken) {
  Result<> sent = Ok();
  for (DeadLetter& letter : letters) {
    if (!sent.ok()) {
      Leave(letter, sent.error().message);
      continue;
    }
    Letters one;
    one.push_back(std::move(letter));
    sent = Send(std::move(one), taken);
  }
  return sent;
}

// Those that are worth another try, which there is with `again`.
Redrive::Letters Redrive::Settle(Letters sent, const RedriveEnds::Refusals& refused, bool again,
                                 std::vector<Done>& taken) {
  Letters rest;
  std::vector<const aws::Refused*> refusals(sent.size(), nullptr);
  for (const aws::Refused& one : refused) refusals[one.entry] = &one;
  for (std::size_t i = 0; i < sent.size(); ++i) {
    if (refusals[i] == nullptr) {
      const std::lock_guard lock(mutex_);
      ++counts_.moved;
      seen_[sent[i].first].moved = true;
      undeleted_.insert(sent[i].id);
      taken.push_back({sent[i].id, NewestReceipt(sent[i].id, std::move(sent[i].receipt))});
    } else if (refusals[i]->sender_fault || !again) {
      Leave(sent[i], refusals[i]->code);
    } else {
      rest.push_back(std::move(sent[i]));
    }
  }
  return rest;
}

Result<> Redrive::Delete(std::vector<Done> done) {
  return InTens(done, [&](std::vector<Done> ten) { return DeleteTen(std::move(ten)); });
}

Result<> Redrive::DeleteTen(std::vector<Done> ten) {
  for (int attempt = 0; !ten.empty() && attempt < kAttempts; ++attempt) {
    if (attempt > 0) ends_.Rest(attempt - 1);
    std::vector<std::string> receipts;
    for (const Done& one : ten) receipts.push_back(one.receipt);
    const RedriveEnds::Refusals refused = TRY(ends_.Delete(receipts));
    ten = SettleDeletes(std::move(ten), refused);
  }
  return Ok();
}

// Those that are worth another try.  One that is not (its receipt is too old) is known when it
// comes again, and is deleted then.
std::vector<Redrive::Done> Redrive::SettleDeletes(std::vector<Done> ten,
                                                  const RedriveEnds::Refusals& refused) {
  std::vector<Done> again;
  std::vector<const aws::Refused*> refusals(ten.size(), nullptr);
  for (const aws::Refused& one : refused) refusals[one.entry] = &one;
  const std::lock_guard lock(mutex_);
  for (std::size_t i = 0; i < ten.size(); ++i) {
    if (refusals[i] == nullptr) {
      undeleted_.erase(ten[i].id);
    } else if (!refusals[i]->sender_fault) {
      again.push_back(std::move(ten[i]));
    }
  }
  return again;
}

void Redrive::Leave(const DeadLetter& letter, const std::string& why) {
  const std::lock_guard lock(mutex_);
  last_refusal_ = why;
  Keep(letter.id, letter.receipt, letter.group, &Counts::failed);
}

// With mutex_ held.  True, and counted, the first time.
bool Redrive::Keep(const Uuid& id, std::string receipt, const std::string& group,
                   std::uint64_t Counts::*counter) {
  if (!group.empty()) blocked_.insert(group);
  receipt = NewestReceipt(id, std::move(receipt));
  const bool is_new = left_.insert_or_assign(id, std::move(receipt)).second;
  if (is_new) ++(counts_.*counter);
  return is_new;
}

// So that whoever looks next sees them; without it they come by themselves.
void Redrive::GiveBack() {
  std::vector<std::string> receipts;
  for (const auto& [id, receipt] : left_) receipts.push_back(receipt);
  (void)InTens(receipts, [&](const std::vector<std::string>& ten) -> Result<> {
    ends_.GiveBack(ten);
    return Ok();
  });
}

// With mutex_ held: an older receipt may delete nothing.
std::string Redrive::NewestReceipt(const Uuid& id, std::string receipt) {
  auto newer = newer_.extract(id);
  return newer.empty() ? std::move(receipt) : std::move(newer.mapped());
}

// With mutex_ held: how many may be received now.
std::uint64_t Redrive::Free() const {
  if (options_.most == 0) return kEntries;
  const std::uint64_t taken = counts_.moved + in_hand_;
  return options_.most > taken ? options_.most - taken : 0;
}

}  // namespace bauta::cli

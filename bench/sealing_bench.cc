// What an event with two masked columns costs on one core: its tokens alone, and its tokens and the
// sealed records of values that are all first seen.  The database is not counted.
#include <benchmark/benchmark.h>

#include <string>
#include <utility>
#include <vector>

#include "crypto/secret_bytes.h"
#include "crypto/x25519.h"
#include "fakes/scheme_keys.h"
#include "masking/token_mask.h"
#include "sealing/vault_record.h"

namespace bauta::sealing {
namespace {

using masking::Form;
using masking::TokenMask;

constexpr int kBatch = 5000;  // The events of a transaction share a setup.

TokenMask Masker(const char* domain, const Form& form) {
  TokenMask::Options options;
  options.kid = "k1";
  options.form = form;
  options.keys.key = fakes::SchemeKey("h1", domain, masking::FormName(form), 32);
  return TokenMask::Make(std::move(options)).value();
}

struct Event {
  std::string ip, device;
};

// No value is the one before.
Event EventOf(int i) {
  return {"198.51." + std::to_string(i / 250 % 250) + "." + std::to_string(i % 250),
          "593-47-" + std::to_string(1000 + i % 9000)};
}

void BM_Tokens(benchmark::State& state) {
  TokenMask ip = Masker("ip", Form::kIp1), device = Masker("device_id", Form::kStr1);
  std::vector<Event> events;
  for (int i = 0; i < kBatch; ++i) events.push_back(EventOf(i));
  for (auto _ : state) {
    for (const Event& event : events) {
      benchmark::DoNotOptimize(ip.Mask(event.ip, 0).text.data());
      benchmark::DoNotOptimize(device.Mask(event.device, 0).text.data());
    }
  }
  state.SetItemsProcessed(state.iterations() * kBatch);
}
BENCHMARK(BM_Tokens);

void BM_TokensAndSealedRecords(benchmark::State& state) {
  TokenMask ip = Masker("ip", Form::kIp1), device = Masker("device_id", Form::kStr1);
  const keys::PublicKey recipient = crypto::X25519PublicOf(crypto::RandomSecret(32));
  std::vector<Event> events;
  for (int i = 0; i < kBatch; ++i) events.push_back(EventOf(i));
  for (auto _ : state) {
    VaultSealer sealer = VaultSealer::Make(recipient).value();
    const auto seal = [&](TokenMask& mask, const char* domain, const char* canon,
                          const std::string& value) {
      const masking::Masked token = mask.Mask(value, 0);
      benchmark::DoNotOptimize(sealer.Seal(Original(0, token.text, domain, canon, value)).data());
    };
    for (const Event& event : events) {
      seal(ip, "ip", "ip1", event.ip);
      seal(device, "device_id", "str1", event.device);
    }
  }
  state.SetItemsProcessed(state.iterations() * kBatch);
}
BENCHMARK(BM_TokensAndSealedRecords);

}  // namespace
}  // namespace bauta::sealing

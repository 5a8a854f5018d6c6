// The open sessions of the process, by number.
//
// Sessions belong to the process and not to an environment's JS objects; but an environment that goes away without
// closing what it opened must not leave models in memory.
#pragma once

#include <cstdint>
#include <memory>
#include <mutex>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "core/runner.h"

namespace enginery {

class SessionRegistry {
 public:
  using SessionId = uint32_t;
  // Who opened a session. Only compared.
  using Owner = const void*;

  // True the first time: the caller then sees to it that abandon() is called at the owner's end.
  bool admit(Owner owner);

  // 0: the owner has gone meanwhile, and the session is not kept.
  SessionId add(Owner owner, std::shared_ptr<Runner> runner);

  // Null where there is none of that number.
  std::shared_ptr<Runner> find(SessionId id);

  // Finds and forgets.
  std::shared_ptr<Runner> take(SessionId id);

  // Closes what the owner left open.
  void abandon(Owner owner);

 private:
  struct Session {
    Owner owner;
    std::shared_ptr<Runner> runner;
  };

  std::mutex mutex_;
  std::unordered_set<Owner> owners_;
  std::unordered_map<SessionId, Session> sessions_;
  SessionId last_ = 0;
};

// Leaked on purpose, as its sessions may be at work while the process exits.
SessionRegistry& sessions();

}  // namespace enginery

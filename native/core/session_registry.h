// The open sessions of the process, by number.
//
// Sessions belong to the process: environments share them. A session is closed when the last environment that has it
// lets go of it, or goes away.
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
  // An environment that opens sessions or attaches to them. Only compared.
  using Owner = const void*;

  // True the first time: the caller then sees to it that abandon() is called at the owner's end.
  bool admit(Owner owner);

  // 0: the owner has gone meanwhile, and the session is not kept.
  SessionId add(Owner owner, std::shared_ptr<Runner> runner);

  // Makes the owner one of the session's, once more where it is one. Null where there is none of that number.
  std::shared_ptr<Runner> attach(Owner owner, SessionId id);

  // Null where there is none of that number.
  std::shared_ptr<Runner> find(SessionId id);

  struct Released {
    std::shared_ptr<Runner> runner;  // null where the owner has none of that number
    bool last = false;               // nobody else has it: it is forgotten here, and the caller closes it
  };
  Released release(Owner owner, SessionId id);

  // Lets go of all that the owner has, and closes what nobody else has.
  void abandon(Owner owner);

 private:
  struct Session {
    std::unordered_multiset<Owner> owners;  // an environment may attach to what it has already
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

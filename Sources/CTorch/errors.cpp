#include "shim.h"

namespace ctorch {
thread_local std::string last_error;
}

const char *ctorch_last_error(void) { return ctorch::last_error.c_str(); }
void ctorch_set_last_error(const char *message) { ctorch::last_error = message; }

// Temporarily sets locales that write numbers differently. Those of the C library are compiled into a scratch folder by
// localedef, from the package `locales`.
#pragma once

#include <clocale>
#include <cstdlib>
#include <locale>
#include <string>

#include "support/temp_dir.h"

namespace trecvit::test {

// Like setlocale(LC_ALL, "de_DE.UTF-8") in a program. set() tells whether it succeeded.
class CLocale {
 public:
  // name: "de_DE" writes "0,5"; "ps_AF" has a decimal point of two bytes.
  explicit CLocale(const std::string& name) {
    const std::string command =
        "localedef -i " + name + " -f UTF-8 '" + dir_.file(name + ".UTF-8") + "' >/dev/null 2>&1";
    if (std::system(command.c_str()) != 0) return;
    setenv("LOCPATH", dir_.path().c_str(), 1);
    set_ = std::setlocale(LC_ALL, (name + ".UTF-8").c_str()) != nullptr;
    unsetenv("LOCPATH");
  }
  ~CLocale() { std::setlocale(LC_ALL, "C"); }
  CLocale(const CLocale&) = delete;
  CLocale& operator=(const CLocale&) = delete;
  bool set() const { return set_; }

 private:
  TempDir dir_;
  bool set_ = false;
};

// Like std::locale::global() in a program: 1.234,5 and "wahr".
class CppLocale {
 public:
  CppLocale() : before_(std::locale::global(std::locale(std::locale::classic(), new Comma))) {}
  ~CppLocale() { std::locale::global(before_); }
  CppLocale(const CppLocale&) = delete;
  CppLocale& operator=(const CppLocale&) = delete;

 private:
  class Comma : public std::numpunct<char> {
    char do_decimal_point() const override { return ','; }
    char do_thousands_sep() const override { return '.'; }
    std::string do_grouping() const override { return "\3"; }
    std::string do_truename() const override { return "wahr"; }
    std::string do_falsename() const override { return "falsch"; }
  };
  std::locale before_;
};

}  // namespace trecvit::test

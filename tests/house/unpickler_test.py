#!/usr/bin/env python3
"""No program of this project calls LibTorch's unpickler, which executes code from a file.

  unpickler_test.py PROGRAM...

Checks the symbols that a program uses from its libraries. Every module of LibTorch has the address of Module::load in its
table of virtual functions. This reference is allowed. A call is not: it uses another kind of relocation, and it needs an
archive, whose constructor is a symbol too.
"""
import re
import subprocess
import sys

FORBIDDEN = re.compile(
    r"[Uu]npickle|pickle_load|InputArchive|torch::load\b|torch::jit::(load|import|_load)|import_ir_module"
    r"|torch::serialize::|PyTorchStreamReader|IValue::.*[Dd]eserial")
# The names of the functions in tables of virtual functions, and the kinds of relocation of such entries.
IN_TABLES = {"torch::nn::Module::load(torch::serialize::InputArchive&)",
             "torch::nn::Module::save(torch::serialize::OutputArchive&) const"}
ADDRESS = {"R_X86_64_64", "R_AARCH64_ABS64"}


def violations(relocations):
    """relocations: (kind, demangled name) of every reference to another library."""
    return sorted({f"{name} ({kind})" for kind, name in relocations
                   if FORBIDDEN.search(name) and not (name in IN_TABLES and kind in ADDRESS)})


def relocations_of(program):
    text = subprocess.run(["readelf", "-rW", program], check=True, capture_output=True, text=True).stdout
    lines = []
    for line in text.splitlines():
        fields = line.split()
        if len(fields) >= 5 and fields[2].startswith("R_"):
            lines.append((fields[2], fields[4].split("@")[0]))
    names = subprocess.run(["c++filt"], input="\n".join(name for _, name in lines), check=True, capture_output=True,
                           text=True).stdout.splitlines()
    return [(kind, name) for (kind, _), name in zip(lines, names)]


def check_itself():
    load = "torch::nn::Module::load(torch::serialize::InputArchive&)"
    assert violations([("R_X86_64_64", load), ("R_X86_64_JUMP_SLOT", "at::mm(at::Tensor const&)")]) == []
    for kind, name in [("R_X86_64_JUMP_SLOT", load), ("R_X86_64_GLOB_DAT", load),
                       ("R_X86_64_GLOB_DAT", "torch::pickle_load(std::vector<char> const&)"),
                       ("R_X86_64_GLOB_DAT", "torch::serialize::InputArchive::InputArchive()"),
                       ("R_X86_64_64", "torch::jit::Unpickler::parse_ivalue()"),
                       ("R_X86_64_JUMP_SLOT", "torch::jit::load(std::string const&)")]:
        assert violations([(kind, name)]), name


def main():
    check_itself()
    found = []
    for program in sys.argv[1:]:
        relocations = relocations_of(program)
        if not relocations:
            found.append(f"{program}: no relocations were found in it")
        found += [f"{program}: {name}" for name in violations(relocations)]
    print("\n".join(found) or f"{len(sys.argv) - 1} programs, none of them calls an unpickler")
    return 1 if found else 0


sys.exit(main())

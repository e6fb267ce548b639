// Files: an interrupted or failed write must not cost what was there.
#include "common/files.h"

#include <signal.h>
#include <unistd.h>

#include "tests/support/files.h"
#include "tests/support/test.h"

using namespace othello;
using namespace othello::test;
namespace fs = std::filesystem;

TEST_CASE("What is written reads back byte by byte and replaces the older file") {
  const TemporaryFolder folder;
  const std::string bytes("a\0\n\xff\r\n", 6);
  write_file(folder / "f", "old and longer than the new one");
  write_file(folder / "f", bytes);
  CHECK(read_file(folder / "f") == bytes);
  write_file(folder / "empty", "");
  CHECK(read_file(folder / "empty").empty());
  CHECK(folder.entries() == 2);
}

TEST_CASE("A write that fails on a full disk leaves the old file and no rubbish") {
  const TemporaryFolder folder;
  write_file(folder / "f", "precious");
  std::string message;
  {
    const FullDisk disk(4096);
    message = error_of([&] { write_file(folder / "f", std::string(100000, 'x')); });
  }
  CHECK(contains(message, "cannot write"));
  CHECK(read_file(folder / "f") == "precious");
  CHECK(folder.entries() == 1);
}

TEST_CASE("A write over a folder or into a missing one is refused with the reason") {
  const TemporaryFolder folder;
  fs::create_directories(folder / "d" / "inner");
  CHECK(contains(error_of([&] { write_file(folder / "d", "x"); }), "cannot write"));
  CHECK(fs::is_directory(folder / "d" / "inner"));
  const std::string missing = (folder / "no" / "f").string();
  CHECK(error_of([&] { write_file(missing, "x"); }) == "cannot write " + missing + ": No such file or directory");
  CHECK(folder.entries() == 1);
}

TEST_CASE("Reading a missing file or a folder says so") {
  const TemporaryFolder folder;
  CHECK(contains(error_of([&] { read_file(folder / "missing"); }), "missing: no such file"));
  CHECK(contains(error_of([&] { read_file(folder.path()); }), "is a folder"));
}

TEST_CASE("A folder that cannot be filled leaves the older one as it was") {
  const TemporaryFolder folder;
  const auto fill = [](const char* text) { return [text](const fs::path& inside) { write_file(inside / "f", text); }; };
  write_folder(folder / "d", fill("first"));
  CHECK(read_file(folder / "d" / "f") == "first");
  CHECK_FALSE(error_of([&] {
                write_folder(folder / "d", [](const fs::path& inside) {
                  write_file(inside / "f", "half");
                  fail("interrupted");
                });
              }).empty());
  CHECK(read_file(folder / "d" / "f") == "first");
  CHECK(
      contains(error_of([&] { write_folder(folder / "d", [](const fs::path& d) { write_file(d / "no" / "f", ""); }); }),
               "cannot write " + (folder / "d" / "no" / "f").string() + ": "));
  write_folder(folder / "d", fill("second"));
  CHECK(read_file(folder / "d" / "f") == "second");
  CHECK(folder.entries() == 1);
}

TEST_CASE("A folder named with a slash at its end is written beside and not inside itself") {
  const TemporaryFolder folder;
  for (const char* name : {"d/", "d/.", "d//"}) {
    write_folder(folder / name, [&](const fs::path& inside) {
      CHECK(inside.parent_path() == folder.path());
      write_file(inside / "f", name);
    });
    CHECK(read_file(folder / "d" / "f") == name);
  }
  CHECK(folder.entries() == 1);
}

TEST_CASE("Output goes only into a new or empty folder") {
  const TemporaryFolder folder;
  require_new_folder(folder / "new");
  require_new_folder(folder.path());
  write_file(folder / "f", "x");
  CHECK(contains(error_of([&] { require_new_folder(folder.path()); }), "not empty"));
  CHECK(contains(error_of([&] { require_new_folder(folder / "f"); }), "a folder was expected"));
  CHECK_THROWS_AS(require_new_folder(""), UsageError);
}

TEST_CASE("Lines are appended one by one") {
  const TemporaryFolder folder;
  append_line(folder / "log", "one");
  append_line(folder / "log", "two");
  CHECK(read_file(folder / "log") == "one\ntwo\n");
}

TEST_CASE("Checksums are those that sha256sum prints") {
  // FIPS 180-2, appendix B.
  CHECK(sha256("abc") == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  CHECK(sha256("") == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  CHECK(sha256(std::string(1000000, 'a')) == "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
}

TEST_CASE("Devices are written to and links are followed, neither is replaced") {
  write_file("/dev/null", "gone");
  CHECK(fs::is_character_file("/dev/null"));
  const TemporaryFolder folder;
  write_file(folder / "file", "old");
  fs::create_symlink("file", folder / "link");
  write_file(folder / "link", "new");
  CHECK(fs::is_symlink(folder / "link"));
  CHECK(read_file(folder / "file") == "new");
}

TEST_CASE("A new folder never takes the place of what came to be there meanwhile") {
  const TemporaryFolder folder;
  const std::string problem = error_of([&] {
    write_new_folder(folder / "d", [&](const fs::path& inside) {
      write_file(inside / "ours", "x");
      make_folder(folder / "d");
      write_file(folder / "d" / "theirs", "precious");
    });
  });
  CHECK(contains(problem, "is not empty"));
  CHECK(read_file(folder / "d" / "theirs") == "precious");
  CHECK(folder.entries() == 1);
  fs::remove(folder / "d" / "theirs");
  write_new_folder(folder / "d", [](const fs::path& inside) { write_file(inside / "ours", "x"); });
  CHECK(read_file(folder / "d" / "ours") == "x");
}

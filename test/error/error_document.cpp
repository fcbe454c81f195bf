// SPDX-License-Identifier: BSL-1.0

// connectex_error_document DOCUMENT: prints doc/errors.md with its tables made anew from the tables
// of the library. Fails if the sentences of the document, which only people can write, leave out a
// code or a condition, explain one twice, or explain one that does not exist.

#include "../../src/error/tables.hpp"

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <functional>
#include <iostream>
#include <map>
#include <set>
#include <sstream>
#include <stdexcept>
#include <string>
#include <vector>

namespace
{

namespace detail = connectex::detail;
namespace wsa = connectex::detail::wsa;

std::string quoted(const std::string& name) { return '`' + name + '`'; }

std::string name_of(wsa::code code)
{
  for (const detail::code_row& row : detail::code_rows)
  {
    if (row.value == code)
      return row.name;
  }
  throw std::logic_error("a code without a row");
}

std::string name_of(connectex::condition condition)
{
  for (const detail::condition_name& row : detail::condition_names)
  {
    if (row.value == condition)
      return row.name;
  }
  throw std::logic_error("a condition without a name");
}

std::string conditions_of(wsa::code code)
{
  std::string result;
  for (const detail::condition_row& row : detail::condition_rows)
  {
    if (row.member == code)
      result += (result.empty() ? "" : ", ") + quoted(name_of(row.value));
  }
  return result.empty() ? "-" : result;
}

std::string decimal(std::uint32_t number) { return std::to_string(number); }

std::string hexadecimal(std::uint32_t number)
{
  char text[sizeof("0x00000000")];
  std::snprintf(text, sizeof(text), "0x%08X", static_cast<unsigned>(number));
  return text;
}

void print_row(std::ostream& out, const std::vector<std::string>& cells)
{
  for (const std::string& cell : cells)
    out << "| " << cell << ' ';
  out << "|\n";
}

void print_head(std::ostream& out, const std::vector<std::string>& cells)
{
  print_row(out, cells);
  for (std::size_t i = 0; i < cells.size(); ++i)
    out << "|---";
  out << "|\n";
}

void print_members(std::ostream& out)
{
  print_head(out, {"condition", "code", "reason"});
  for (const detail::condition_row& row : detail::condition_rows)
    print_row(out, {quoted(name_of(row.value)), quoted(name_of(row.member)), row.reason});
}

void print_codes(std::ostream& out)
{
  print_head(out, {"code", "number", "Windows", "`errno`", "conditions"});
  for (const detail::code_row& row : detail::code_rows)
  {
    print_row(out,
        {quoted(row.name), std::to_string(row.value), row.official_name,
            row.errno_name ? row.errno_name : "-", conditions_of(row.value)});
  }
}

template <typename Rows>
void print_numbers(std::ostream& out, const Rows& rows, std::string (&format)(std::uint32_t))
{
  print_head(out, {"number", "name", "becomes", "reason"});
  for (const detail::number_row& row : rows)
    print_row(out, {format(row.number), row.name, quoted(name_of(row.portable)), row.reason});
}

using printer = std::function<void(std::ostream&)>;

// By the word in the line that begins them.
const std::map<std::string, printer>& printers()
{
  static const std::map<std::string, printer> result = {
      {"members", print_members},
      {"codes", print_codes},
      {"win32", [](std::ostream& out) { print_numbers(out, detail::win32_rows, decimal); }},
      {"ntstatus",
          [](std::ostream& out) { print_numbers(out, detail::ntstatus_rows, hexadecimal); }},
  };
  return result;
}

const std::string generated_begin = "<!-- generated: ";
const std::string comment_end = " -->";
const std::string generated_end = "<!-- generated: end -->";

bool starts_with(const std::string& text, const std::string& beginning)
{
  return text.compare(0, beginning.size(), beginning) == 0;
}

// The names between back-quotes.
std::vector<std::string> quoted_names(const std::string& text)
{
  std::vector<std::string> result;
  std::istringstream parts(text);
  std::string name;
  for (bool inside = false; std::getline(parts, name, '`'); inside = !inside)
  {
    if (inside)
      result.push_back(name);
  }
  return result;
}

class document
{
public:
  explicit document(std::istream& in)
  {
    for (std::string line; std::getline(in, line);)
      read(line, in);
  }

  const std::string& text() const { return text_; }

  /// What is wrong with it that cannot be mended by making the tables anew.
  std::vector<std::string> mistakes() const
  {
    std::vector<std::string> result;
    for (const auto& [name, unused] : printers())
    {
      if (generated_.count(name) != 1)
        result.push_back("It has lost the line '" + generated_begin + name + comment_end + "'.");
    }

    std::set<std::string> conditions;
    for (const detail::condition_name& row : detail::condition_names)
      conditions.insert(row.name);
    check("condition", conditions, conditions_, result);

    std::set<std::string> codes = {"try_again"}; // Asio's, and no number of Winsock's.
    for (const detail::code_row& row : detail::code_rows)
      codes.insert(row.name);
    check("code", codes, codes_, result);
    return result;
  }

private:
  void read(const std::string& line, std::istream& in)
  {
    text_ += line + '\n';
    if (starts_with(line, "## "))
      section_ = line;
    else if (starts_with(line, generated_begin))
      make_table(line, in);
    else if (section_ == "## Decide by the condition" && starts_with(line, "| `"))
      note(conditions_, line.substr(0, line.find('|', 1)));
    else if (section_ == "## What each code means")
      read_codes(line);
  }

  // The codes of an item stand in bold before its text, on several lines if there are many.
  void read_codes(const std::string& line)
  {
    const std::string item = "* **";
    if (starts_with(line, item))
      codes_read_ = line.substr(item.size());
    else if (!codes_read_.empty())
      codes_read_ += line;

    const std::size_t end = codes_read_.find("**");
    if (end == std::string::npos)
      return;
    note(codes_, codes_read_.substr(0, end));
    codes_read_.clear();
  }

  void make_table(const std::string& line, std::istream& in)
  {
    const std::string name = line.substr(
        generated_begin.size(), line.size() - generated_begin.size() - comment_end.size());
    const auto found = printers().find(name);
    if (found == printers().end())
      throw std::runtime_error("There is no table for the line '" + line + "'.");

    std::ostringstream table;
    found->second(table);
    text_ += table.str() + generated_end + '\n';
    ++generated_[name];

    std::string old;
    while (old != generated_end)
    {
      if (!std::getline(in, old))
        throw std::runtime_error("The table '" + name + "' has no end.");
    }
  }

  static void note(std::map<std::string, int>& explained, const std::string& heading)
  {
    for (const std::string& name : quoted_names(heading))
      ++explained[name];
  }

  static void check(const std::string& kind, const std::set<std::string>& existing,
      const std::map<std::string, int>& explained, std::vector<std::string>& mistakes)
  {
    for (const std::string& name : existing)
    {
      const auto found = explained.find(name);
      const int times = found == explained.end() ? 0 : found->second;
      if (times != 1)
      {
        mistakes.push_back("It explains the " + kind + ' ' + quoted(name) + ' '
            + std::to_string(times) + " times.");
      }
    }
    for (const auto& [name, unused] : explained)
    {
      if (existing.count(name) == 0)
        mistakes.push_back("It explains the " + kind + ' ' + quoted(name) + ", which is none.");
    }
  }

  std::string text_;
  std::string section_;
  std::string codes_read_;
  std::map<std::string, int> generated_;
  std::map<std::string, int> conditions_;
  std::map<std::string, int> codes_;
};

int run(const std::string& path)
{
  std::ifstream in(path);
  if (!in)
    throw std::runtime_error("It cannot be read.");

  const document made(in);
  std::cout << made.text();

  const std::vector<std::string> mistakes = made.mistakes();
  for (const std::string& mistake : mistakes)
    std::cerr << path << ": " << mistake << '\n';
  return mistakes.empty() ? EXIT_SUCCESS : EXIT_FAILURE;
}

} // namespace

int main(int argc, char* argv[])
{
  if (argc != 2)
  {
    std::cerr << "usage: connectex_error_document DOCUMENT\n";
    return EXIT_FAILURE;
  }

  try
  {
    return run(argv[1]);
  }
  catch (const std::exception& failure)
  {
    std::cerr << argv[1] << ": " << failure.what() << '\n';
    return EXIT_FAILURE;
  }
}

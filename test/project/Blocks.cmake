# SPDX-License-Identifier: BSL-1.0
#
# Included by the checks that compare documents with what is compiled or run: finds blocks of code in a text.

# find_blocks(PREFIX FILE BEGIN END): what stands between the texts BEGIN and END, as often as they occur. Sets
# PREFIX_count, and for each number N below it PREFIX_N and PREFIX_line_N, the line in which BEGIN stands.
function(find_blocks prefix file begin_text end_text)
  file(READ "${file}" rest)
  string(LENGTH "${begin_text}" begin_length)
  string(LENGTH "${end_text}" end_length)
  set(count 0)
  set(line 1)
  string(FIND "${rest}" "${begin_text}" begin)
  while(NOT begin EQUAL -1)
    string(SUBSTRING "${rest}" 0 ${begin} before)
    count_lines(lines "${before}")
    math(EXPR line "${line} + ${lines}")
    math(EXPR begin "${begin} + ${begin_length}")
    string(SUBSTRING "${rest}" ${begin} -1 rest)
    string(FIND "${rest}" "${end_text}" end)
    if(end EQUAL -1)
      message(FATAL_ERROR "${file}:${line}: what begins here with ${begin_text} has no end.")
    endif()
    string(SUBSTRING "${rest}" 0 ${end} block)
    set(${prefix}_${count} "${block}" PARENT_SCOPE)
    set(${prefix}_line_${count} ${line} PARENT_SCOPE)
    math(EXPR count "${count} + 1")
    count_lines(lines "${begin_text}${block}${end_text}")
    math(EXPR line "${line} + ${lines}")
    math(EXPR end "${end} + ${end_length}")
    string(SUBSTRING "${rest}" ${end} -1 rest)
    string(FIND "${rest}" "${begin_text}" begin)
  endwhile()
  set(${prefix}_count ${count} PARENT_SCOPE)
endfunction()

# count_lines(RESULT TEXT): how many line breaks there are.
function(count_lines result text)
  string(REGEX MATCHALL "\n" breaks "${text}")
  list(LENGTH breaks count)
  set(${result} ${count} PARENT_SCOPE)
endfunction()

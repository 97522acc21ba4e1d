// Package mlog stands in for monis.app/mlog, the logging module of azure-workload-identity, whose download location is
// gone. It has the names that azure-workload-identity v1.6.0 uses, over log/slog. The strings of the levels are the real
// ones, because the webhook copies its own level into the arguments of the proxy container that it injects.
package mlog

import (
	"context"
	"fmt"
	"log/slog"
	"os"

	"github.com/go-logr/logr"
)

type LogLevel string

const (
	LevelWarning LogLevel = ""
	LevelInfo    LogLevel = "info"
	LevelDebug   LogLevel = "debug"
	LevelTrace   LogLevel = "trace"
	LevelAll     LogLevel = "all"
)

var severities = map[LogLevel]slog.Level{
	LevelWarning: slog.LevelWarn,
	LevelInfo:    slog.LevelInfo,
	LevelDebug:   slog.LevelDebug,
	LevelTrace:   slog.LevelDebug - 4,
	LevelAll:     slog.LevelDebug - 100,
}

type LogFormat string

const (
	FormatJSON LogFormat = "json"
	FormatCLI  LogFormat = "cli"
)

type LogSpec struct {
	Level  LogLevel
	Format LogFormat
}

type Logger interface {
	Error(msg string, err error, keysAndValues ...any)
	Warning(msg string, keysAndValues ...any)
	Info(msg string, keysAndValues ...any)
	Debug(msg string, keysAndValues ...any)
	WithName(name string) Logger
	WithValues(keysAndValues ...any) Logger
}

var threshold slog.LevelVar

// The handler is looked up at every line: package variables make their loggers before the flags are read.
var handler slog.Handler = slog.NewTextHandler(os.Stderr, &slog.HandlerOptions{Level: &threshold})

type logger struct{ values []any }

func New() Logger                              { return logger{} }
func WithName(name string) Logger              { return New().WithName(name) }
func WithValues(keysAndValues ...any) Logger   { return New().WithValues(keysAndValues...) }
func Error(msg string, err error, kv ...any)   { New().Error(msg, err, kv...) }
func Warning(msg string, kv ...any)            { New().Warning(msg, kv...) }
func Info(msg string, kv ...any)               { New().Info(msg, kv...) }
func Debug(msg string, kv ...any)              { New().Debug(msg, kv...) }
func Logr() logr.Logger                        { return logr.FromSlogHandler(handler) }
func Enabled(level LogLevel) bool              { return severities[level] >= threshold.Level() }
func Setup() func()                            { return func() {} }
func (l logger) Warning(msg string, kv ...any) { l.log(slog.LevelWarn, msg, kv) }
func (l logger) Info(msg string, kv ...any)    { l.log(slog.LevelInfo, msg, kv) }
func (l logger) Debug(msg string, kv ...any)   { l.log(slog.LevelDebug, msg, kv) }
func (l logger) Error(msg string, e error, kv ...any) {
	l.log(slog.LevelError, msg, append(kv, "error", e))
}
func (l logger) WithName(name string) Logger { return l.WithValues("logger", name) }

func (l logger) WithValues(kv ...any) Logger {
	return logger{values: append(append([]any{}, l.values...), kv...)}
}

func (l logger) log(level slog.Level, msg string, kv []any) {
	slog.New(handler).With(l.values...).Log(context.Background(), level, msg, kv...)
}

func Fatal(err error) {
	Error("fatal error", err)
	os.Exit(1)
}

func ValidateAndSetLogLevelAndFormatGlobally(_ context.Context, spec LogSpec) error {
	severity, known := severities[spec.Level]
	if !known {
		return fmt.Errorf("unknown log level %q", spec.Level)
	}
	threshold.Set(severity)
	if spec.Format == FormatJSON {
		handler = slog.NewJSONHandler(os.Stderr, &slog.HandlerOptions{Level: &threshold})
	}
	return nil
}
